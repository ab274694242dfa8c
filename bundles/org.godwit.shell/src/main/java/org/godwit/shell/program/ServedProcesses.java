package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.userfault.FaultHandover.Offer;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.FaultHandover.Statistics;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;
import org.godwit.shell.command.Terminal;
import org.godwit.shell.text.Progress;
import org.godwit.shell.text.ProgressPrinter;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;
import org.jspecify.annotations.Nullable;

/**
 * The processes that are served, and what is told of them.
 *
 * <p>Threads: processes come and end in threads of the service, which only leave news; the
 * command's thread does everything else.
 */
final class ServedProcesses {
  private static final long INTERVAL_MILLIS = 100;

  private final Terminal terminal;
  private final int wanted;
  private final BlockingQueue<News> news = new LinkedBlockingQueue<>();
  private final List<Guest> guests = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private int ended;

  /** Follows until so many have ended; 0 for no bound. */
  ServedProcesses(Terminal terminal, int wanted) {
    this.terminal = terminal;
    this.wanted = wanted;
  }

  private sealed interface News {}

  private record Came(Served served, @Nullable Throwable refusal) implements News {}

  private record Ended(Served served, @Nullable Throwable failure) implements News {}

  private record Shut(@Nullable Throwable failure) implements News {}

  private static final class Guest {
    final Served served;
    Optional<String> failure = Optional.empty();
    boolean over;

    Guest(Served served) {
      this.served = served;
    }
  }

  /** Called by the service for each process that connects. */
  void came(Served served) {
    var _ =
        served
            .arrived()
            .whenComplete(
                (process, refusal) -> {
                  news.add(new Came(served, refusal));
                  if (refusal == null) {
                    var _ =
                        served.ended().whenComplete((_, why) -> news.add(new Ended(served, why)));
                  }
                });
  }

  /** Tells what happens until there is nothing left to serve. */
  void follow(Offer offer) throws CommandFailure, InterruptedException {
    var _ = offer.shut().whenComplete((_, failure) -> news.add(new Shut(failure)));
    ProgressPrinter printer = terminal.progress();
    long began = System.nanoTime();
    while (wanted == 0 || ended < wanted) {
      News next = news.poll(INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
      if (next == null) {
        printer.show(progress(Duration.ofNanos(System.nanoTime() - began)));
      } else {
        printer.clear();
        tell(next);
      }
    }
    printer.clear();
  }

  private void tell(News next) throws CommandFailure {
    switch (next) {
      case Came(Served served, Throwable refusal) -> came(served, refusal);
      case Ended(Served served, Throwable failure) -> ended(served, failure);
      case Shut(Throwable failure) ->
          throw new CommandFailure(
              failure == null ? "The service of memory was stopped" : sentence(failure));
    }
  }

  private void came(Served served, @Nullable Throwable refusal) {
    if (refusal != null) {
      refusals.add(sentence(refusal));
      terminal.err().println("A process was refused: " + sentence(refusal));
      return;
    }
    guests.add(new Guest(served));
    Statistics now = served.statistics();
    terminal.err().println("Process %s came: %s".formatted(name(now), Units.bytes(now.bytes())));
  }

  private void ended(Served served, @Nullable Throwable failure) {
    Guest guest = guests.stream().filter(one -> one.served == served).findFirst().orElseThrow();
    guest.over = true;
    guest.failure = Optional.ofNullable(failure).map(ServedProcesses::sentence);
    ended++;
    Statistics last = served.statistics();
    String end =
        guest.failure.orElse(
            last.placedBytes() == last.bytes() ? "has all its memory" : "has ended");
    terminal.err().println("Process %s: %s".formatted(name(last), end));
  }

  private static String sentence(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return Sentences.of(cause);
  }

  private Progress progress(Duration elapsed) {
    List<Statistics> now =
        guests.stream()
            .filter(guest -> !guest.over)
            .map(guest -> guest.served.statistics())
            .toList();
    long bytes = now.stream().mapToLong(Statistics::bytes).sum();
    long placed = now.stream().mapToLong(Statistics::placedBytes).sum();
    long faults = now.stream().mapToLong(Statistics::faults).sum();
    String details =
        now.isEmpty()
            ? "no process yet"
            : "%d served, %s of %s, %s faults"
                .formatted(
                    now.size(), Units.bytes(placed), Units.bytes(bytes), Units.count(faults));
    return new Progress("serving", bytes == 0 ? -1 : (double) placed / bytes, details, elapsed);
  }

  /** A table with a row for each process. */
  Table table() {
    Table table = new Table("PROCESS", "MEMORY", "PLACED", "FAULTS", "PAGES", "ZERO PAGES", "END");
    for (Guest guest : guests) {
      Statistics last = guest.served.statistics();
      table.row(
          name(last),
          Units.bytes(last.bytes()),
          Units.bytes(last.placedBytes()),
          Units.count(last.faults()),
          Units.count(last.pages()),
          Units.count(last.zeroPages()),
          guest.failure.orElse(last.placedBytes() == last.bytes() ? "complete" : "gone"));
    }
    return table;
  }

  /** The same for programs. */
  ObjectNode json() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode list = document.putArray("processes");
    for (Guest guest : guests) {
      Statistics last = guest.served.statistics();
      ObjectNode entry = list.addObject();
      last.process().ifPresent(process -> entry.put("process", process));
      entry
          .put("bytes", last.bytes())
          .put("placed-bytes", last.placedBytes())
          .put("removed-bytes", last.removedBytes())
          .put("faults", last.faults())
          .put("pages", last.pages())
          .put("zero-pages", last.zeroPages());
      guest.failure.ifPresent(failure -> entry.put("error", failure));
    }
    ArrayNode refused = document.putArray("refused");
    refusals.forEach(refused::add);
    return document;
  }

  /** Fails if a guest stands still for want of pages. */
  void requireNoFailure() throws CommandFailure {
    for (Guest guest : guests) {
      if (guest.failure.isPresent()) {
        throw new CommandFailure(
            "Process %s stands still: %s"
                .formatted(name(guest.served.statistics()), guest.failure.get()));
      }
    }
  }

  private static String name(Statistics statistics) {
    return statistics.process().isPresent() ? statistics.process().getAsLong() + "" : "?";
  }
}
