package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Terminal;
import org.godwit.shell.text.Progress;
import org.godwit.shell.text.ProgressPrinter;
import org.godwit.shell.text.Units;

/**
 * The demo proper: two containers, a guest in the first, an empty machine in the second, a live
 * migration between them, and the proof. Runs on the calling thread, which paces itself by asking
 * every now and then.
 */
final class LiveDemo {
  private static final String GUEST = "guest";
  private static final long LOOK_MILLIS = 200;
  private static final int LOOKS = 300; // a minute
  private static final int LINES_BEFORE = 3;

  private final DemoPlan plan;
  private final Terminal terminal;

  LiveDemo(DemoPlan plan, Terminal terminal) {
    this.plan = plan;
    this.terminal = terminal;
  }

  DemoReport run() throws CommandFailure, IOException, InterruptedException {
    tell("Starting two containers …");
    try (RemoteContainer source = RemoteContainer.start("source");
        RemoteContainer destination = RemoteContainer.start("destination")) {
      String kind = chooseKind(source);
      tell(
          "Containers run as processes %d and %d; starting a %s guest with %s"
              .formatted(source.pid(), destination.pid(), kind, Units.bytes(plan.memory())));
      source.run(plan.machineWords("machine-create", kind, GUEST));
      destination.run(plan.machineWords("machine-prepare", kind, GUEST));
      source.run("machine-start", GUEST);
      awaitOutput(source, LINES_BEFORE);
      return move(source, destination, kind);
    }
  }

  private void tell(String line) {
    if (!plan.quiet()) {
      terminal.err().println(line);
      terminal.err().flush();
    }
  }

  private String chooseKind(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    String wanted = plan.guest().equals("auto") ? "kvm" : plan.guest();
    String reason = "no bundle brings it";
    for (JsonNode kind : container.query("machine-kinds")) {
      if (kind.path("kind").asText().equals(wanted)) {
        if (kind.path("available").asBoolean()) {
          return wanted;
        }
        reason = kind.path("reason").asText();
      }
    }
    if (plan.guest().equals("auto")) {
      tell("No kvm guest here (" + reason + "); taking a scripted one");
      return "scripted";
    }
    throw new CommandFailure("A " + wanted + " guest is not possible here: " + reason);
  }

  private DemoReport move(RemoteContainer source, RemoteContainer destination, String kind)
      throws CommandFailure, IOException, InterruptedException {
    String[] listen = plan.migrateWords("migrate-incoming", GUEST, "tcp:127.0.0.1:0");
    String uri = destination.query(listen).path("x-godwit-endpoint").asText();
    tell("The guest runs and writes memory; moving it to " + uri);
    source.run(plan.migrateWords("migrate", "-d", GUEST, uri));
    JsonNode left = follow(source);
    JsonNode arrived = follow(destination);
    requireCompleted(left);
    requireCompleted(arrived);
    String before = output(source);
    awaitOutput(destination, LINES_BEFORE);
    tell("The guest runs at the destination; checking its memory …");
    JsonNode memory = destination.query("machine-verify", GUEST);
    return new DemoReport(kind, left, arrived, memory, OutputProof.of(before, output(destination)));
  }

  private JsonNode follow(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    ProgressPrinter printer = terminal.progress(Duration.ZERO);
    try {
      while (true) {
        JsonNode state = container.query("query-migrate", GUEST);
        switch (state.path("status").asText()) {
          case "completed", "failed", "cancelled" -> {
            return state;
          }
          default -> show(printer, state);
        }
        Thread.sleep(LOOK_MILLIS);
      }
    } finally {
      printer.clear();
    }
  }

  private void show(ProgressPrinter printer, JsonNode state) {
    JsonNode ram = state.path("ram");
    long total = ram.path("total").asLong();
    if (plan.quiet() || total == 0) {
      return;
    }
    long remaining = ram.path("remaining").asLong();
    String details =
        "%s pages  %s  dirty %s/s  left %s"
            .formatted(
                Units.count(ram.path("normal").asLong() + ram.path("duplicate").asLong()),
                Units.rate(ram.path("mbps").asDouble() * 1e6 / 8),
                Units.count(ram.path("dirty-pages-rate").asLong()),
                Units.bytes(remaining));
    Duration elapsed = Duration.ofMillis(state.path("total-time").asLong());
    printer.show(
        new Progress(
            state.path("status").asText(), 1 - (double) remaining / total, details, elapsed));
  }

  private static void requireCompleted(JsonNode state) throws CommandFailure {
    if (!state.path("status").asText().equals("completed")) {
      throw new CommandFailure(
          "The migration has %s: %s; the guest is at: %s"
              .formatted(
                  state.path("status").asText(),
                  state.path("error-desc").asText("no reason given"),
                  state.path("x-godwit-guest").asText()));
    }
  }

  private static String output(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    return container.query("machine-output", GUEST).path("text").asText();
  }

  /** Waits until the guest has written some lines in this container, so that it really runs. */
  private static void awaitOutput(RemoteContainer container, int lines)
      throws CommandFailure, IOException, InterruptedException {
    for (int look = 0; look < LOOKS; look++) {
      if (output(container).lines().count() > lines) {
        return;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    throw new CommandFailure("The guest writes no output; it does not seem to run");
  }
}
