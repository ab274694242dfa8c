package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.text.Units;

/**
 * Two containers, a guest in the first, an empty machine in the second, a live migration between
 * them, and the proof. Runs on the calling thread, which paces itself by asking every now and then.
 */
final class LiveDemo {
  private static final String GUEST = "guest";
  private static final long LOOK_MILLIS = 100;
  private static final int LOOKS = 600; // a minute
  private static final int LINES = 3;

  private final DemoPlan plan;
  private final Follower follower;

  LiveDemo(DemoPlan plan, Follower follower) {
    this.plan = plan;
    this.follower = follower;
  }

  Report run() throws CommandFailure, IOException, InterruptedException {
    follower.tell("Starting two containers …");
    try (RemoteContainer source = RemoteContainer.start("source");
        RemoteContainer destination = RemoteContainer.start("destination")) {
      String kind = chooseKind(source);
      follower.tell(
          "Containers run as processes %d and %d; starting a %s guest with %s"
              .formatted(source.pid(), destination.pid(), kind, Units.bytes(plan.memory())));
      source.run(plan.machineWords("machine-create", kind, GUEST));
      destination.run(plan.machineWords("machine-prepare", kind, GUEST));
      source.run("machine-start", GUEST);
      awaitOutput(source);
      return move(source, destination, kind);
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
      follower.tell("No kvm guest here (" + reason + "); taking a scripted one");
      return "scripted";
    }
    throw new CommandFailure("A " + wanted + " guest is not possible here: " + reason);
  }

  private Report move(RemoteContainer source, RemoteContainer destination, String kind)
      throws CommandFailure, IOException, InterruptedException {
    String[] listen = plan.migrateWords("migrate-incoming", GUEST, "tcp:127.0.0.1:0");
    String uri = destination.query(listen).path("x-godwit-endpoint").asText();
    follower.tell("The guest runs and writes memory; moving it to " + uri);
    source.run(plan.migrateWords("migrate", "-d", GUEST, uri));
    if (plan.mode().postcopy()) {
      new PostcopyDemo(plan.mode(), follower, source, destination, GUEST).run();
    }
    JsonNode left = follower.follow(source, GUEST);
    JsonNode arrived = follower.follow(destination, GUEST);
    String before = output(source);
    awaitOutput(destination);
    follower.tell("The guest runs at the destination; checking its memory …");
    JsonNode memory = destination.query("machine-verify", GUEST);
    return new LiveReport(kind, left, arrived, memory, OutputProof.of(before, output(destination)));
  }

  private static String output(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    return container.query("machine-output", GUEST).path("text").asText();
  }

  /** Waits until the guest has written some lines in this container, so that it really runs. */
  private static void awaitOutput(RemoteContainer container)
      throws CommandFailure, IOException, InterruptedException {
    for (int look = 0; look < LOOKS; look++) {
      if (output(container).lines().count() > LINES) {
        return;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    throw new CommandFailure("The guest writes no output; it does not seem to run");
  }
}
