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

  private static boolean ended(JsonNode state) throws CommandFailure {
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
    JsonNode ram = state.has("ram") ? state.path("ram") : state.path("x-godwit-ram");
    long total = ram.path("total").asLong();
    if (quiet || total == 0) {
      return;
    }
    long remaining = ram.path("remaining").asLong();
    long pages = ram.path("normal").asLong() + ram.path("duplicate").asLong();
    String details =
        "%s pages  %s  dirty %s/s  left %s"
            .formatted(
                Units.count(pages),
                Units.rate(ram.path("mbps").asDouble() * 1e6 / 8),
                Units.count(ram.path("dirty-pages-rate").asLong()),
                Units.bytes(remaining));
    Duration elapsed = Duration.ofMillis(state.path("total-time").asLong());
    double done = 1 - (double) remaining / total;
    printer.show(new Progress(state.path("status").asText(), done, details, elapsed));
  }
}
