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
 * Follows a migration in another container and shows how it goes. Used by one thread, which asks
 * every now and then.
 */
final class Follower {
  private static final long LOOK_MILLIS = 200;

  private final Terminal terminal;
  private final boolean quiet;

  Follower(Terminal terminal, boolean quiet) {
    this.terminal = terminal;
    this.quiet = quiet;
  }

  /** Says a line about what happens. */
  void tell(String line) {
    if (!quiet) {
      terminal.err().println(line);
      terminal.err().flush();
    }
  }

  /**
   * Waits for the end of a machine's migration.
   *
   * @return the last answer of {@code query-migrate}
   * @throws CommandFailure if it did not complete
   */
  JsonNode follow(RemoteContainer container, String machine)
      throws CommandFailure, IOException, InterruptedException {
    ProgressPrinter printer = terminal.progress(Duration.ZERO);
    try {
      while (true) {
        JsonNode state = container.query("query-migrate", machine);
        if (ended(state)) {
          return state;
        }
        show(printer, state);
        Thread.sleep(LOOK_MILLIS);
      }
    } finally {
      printer.clear();
    }
  }

  /** Whether a migration has ended well; fails if it has ended otherwise. */
  static boolean ended(JsonNode state) throws CommandFailure {
    return switch (state.path("status").asText()) {
      case "completed" -> true;
      case "failed", "cancelled" ->
          throw new CommandFailure(
              "The migration has %s: %s; the guest is at: %s"
                  .formatted(
                      state.path("status").asText(),
                      state.path("error-desc").asText("no reason given"),
                      state.path("x-godwit-guest").asText()));
      default -> false;
    };
  }

  private void show(ProgressPrinter printer, JsonNode state) {
    boolean source = state.has("ram");
    JsonNode ram = source ? state.path("ram") : state.path("x-godwit-ram");
    if (quiet || ram.path("total").asLong() == 0) {
      return;
    }
    long millis = state.path(source ? "total-time" : "x-godwit-total-time").asLong();
    printer.show(
        new Progress(
            state.path("status").asText(),
            source ? sent(ram) : received(ram),
            source ? sending(ram) : receiving(ram),
            Duration.ofMillis(millis)));
  }

  private static double sent(JsonNode ram) {
    return 1 - ram.path("remaining").asDouble() / ram.path("total").asDouble();
  }

  /** A destination does not know what is still to come; the first pass is most of it. */
  private static double received(JsonNode ram) {
    double bytes = ram.path("page-size").asDouble() * pages(ram);
    return Math.min(1, bytes / ram.path("total").asDouble());
  }

  private static long pages(JsonNode ram) {
    return ram.path("normal").asLong() + ram.path("duplicate").asLong();
  }

  private static String sending(JsonNode ram) {
    return "%s pages %s dirty %s/s left %s"
        .formatted(
            Units.count(pages(ram)),
            Units.rate(ram.path("mbps").asDouble() * 1e6 / 8),
            Units.count(ram.path("dirty-pages-rate").asLong()),
            Units.bytes(ram.path("remaining").asLong()));
  }

  private static String receiving(JsonNode ram) {
    return "%s pages %s received"
        .formatted(Units.count(pages(ram)), Units.bytes(ram.path("transferred").asLong()));
  }
}
