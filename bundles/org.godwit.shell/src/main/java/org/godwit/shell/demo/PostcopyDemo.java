package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.godwit.shell.command.CommandFailure;

/**
 * Lets the guest of a demo go before its memory, and cuts the link if that is wanted. Runs on the
 * thread of the demo, which asks every now and then.
 */
final class PostcopyDemo {
  private static final long LOOK_MILLIS = 20;
  private static final int LOOKS = 1500; // half a minute

  private final DemoMode mode;
  private final Follower follower;
  private final RemoteContainer source;
  private final RemoteContainer destination;
  private final String guest;

  PostcopyDemo(
      DemoMode mode,
      Follower follower,
      RemoteContainer source,
      RemoteContainer destination,
      String guest) {
    this.mode = mode;
    this.follower = follower;
    this.source = source;
    this.destination = destination;
    this.guest = guest;
  }

  void run() throws CommandFailure, IOException, InterruptedException {
    if (mode.hybrid()) {
      await(source, "x-godwit-first-pass");
    } else {
      await(source, "active");
    }
    source.run("migrate-start-postcopy", guest);
    await(destination, "postcopy-active");
    follower.tell("The guest runs at the destination; its memory follows");
    if (mode.cut() > 0) {
      cut();
    }
  }

  private void cut() throws CommandFailure, IOException, InterruptedException {
    double all = remaining();
    double left = all;
    while (left > all * (100 - mode.cut()) / 100 && !ended(source)) {
      Thread.sleep(LOOK_MILLIS);
      left = remaining();
    }
    if (ended(source)) {
      follower.tell("All of it came before the link could be cut");
      return;
    }
    destination.run("migrate-pause", guest);
    await(destination, "postcopy-paused");
    await(source, "postcopy-paused");
    follower.tell(
        "The link is cut: both halves wait, the guest runs until it needs a missing page");
    String uri =
        destination
            .query("migrate-recover", "tcp:127.0.0.1:0", guest)
            .path("x-godwit-recover-endpoint")
            .asText();
    source.run("migrate-set-parameter", "max-postcopy-bandwidth", "0");
    source.run("migrate", "-d", "--resume", guest, uri);
    recovered();
    follower.tell("Recovered over " + uri);
  }

  private void recovered() throws CommandFailure, IOException, InterruptedException {
    for (int look = 0; look < LOOKS; look++) {
      JsonNode state = destination.query("query-migrate", guest);
      if (state.path("x-godwit-postcopy").path("recoveries").asLong() > 0
          || Follower.ended(state)) {
        return;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    throw new CommandFailure("The migration could not be recovered; start with -v to see why");
  }

  private double remaining() throws CommandFailure, IOException, InterruptedException {
    return source.query("query-migrate", guest).path("ram").path("remaining").asDouble();
  }

  private boolean ended(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    return Follower.ended(container.query("query-migrate", guest));
  }

  /** Waits for a status; one that was passed by is as good. */
  private void await(RemoteContainer container, String wanted)
      throws CommandFailure, IOException, InterruptedException {
    JsonNode state = container.query("query-migrate", guest);
    while (!reached(state, wanted) && !Follower.ended(state)) {
      Thread.sleep(LOOK_MILLIS);
      state = container.query("query-migrate", guest);
    }
  }

  private static boolean reached(JsonNode state, String wanted) {
    return wanted.equals("x-godwit-first-pass")
        ? state.path("ram").path("dirty-sync-count").asLong() > 1
        : state.path("status").asText().equals(wanted);
  }
}
