package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.godwit.api.machine.GuestProcess;
import org.godwit.api.machine.GuestProcesses;
import org.godwit.api.machine.MachineException;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.text.Units;

/**
 * A running QEMU guest moves into an image, received by one container, and out of it to a second
 * QEMU, sent by the other. The guest itself checks its memory before and after. Runs on the calling
 * thread.
 */
final class QemuDemo {
  private static final String IMAGE = "image";
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long LOOK_MILLIS = 100;

  private final DemoPlan plan;
  private final Follower follower;
  private final GuestProcesses guests;

  QemuDemo(DemoPlan plan, Follower follower, GuestProcesses guests) {
    this.plan = plan;
    this.follower = follower;
    this.guests = guests;
  }

  Report run() throws CommandFailure, IOException, MachineException, InterruptedException {
    Path directory = Files.createTempDirectory("godwit-demo-");
    follower.tell("Starting two containers and a QEMU guest with " + Units.bytes(plan.memory()));
    try (RemoteContainer receiver = RemoteContainer.start("receiver");
        RemoteContainer sender = RemoteContainer.start("sender");
        GuestProcess source = guests.start(plan.memory(), false)) {
      awaitChecks(source, 1);
      follower.tell(source.description() + " runs; its guest checks its memory and writes it");
      Path image = directory.resolve(IMAGE);
      JsonNode in = receive(source, receiver, image);
      JsonNode whole = sender.query("image", "verify", image.toString());
      return sendOn(source, sender, image, in, whole);
    } finally {
      delete(directory);
    }
  }

  private JsonNode receive(GuestProcess source, RemoteContainer receiver, Path image)
      throws CommandFailure, IOException, MachineException, InterruptedException {
    receiver.run("machine-prepare", "image", IMAGE, "-o", "directory=" + image);
    String[] listen = plan.migrateWords("migrate-incoming", IMAGE, "tcp:127.0.0.1:0");
    String uri = receiver.query(listen).path("x-godwit-endpoint").asText();
    follower.tell("Moving it into an image, through " + uri);
    source.migrate(uri);
    JsonNode in = follower.follow(receiver, IMAGE);
    requireCompleted(source.awaitEnd(LIMIT));
    // the image's digests are computed after the source was told; this waits for them
    receiver.run("machine-destroy", IMAGE);
    return in;
  }

  private Report sendOn(
      GuestProcess source, RemoteContainer sender, Path image, JsonNode in, JsonNode whole)
      throws CommandFailure, IOException, MachineException, InterruptedException {
    try (GuestProcess destination = guests.start(plan.memory(), true)) {
      String uri = destination.listen("tcp:127.0.0.1:0");
      follower.tell("Moving it out of the image into a second QEMU, through " + uri);
      sender.run("machine-create", "image", IMAGE, "-o", "directory=" + image);
      sender.run(plan.migrateWords("migrate", "-d", IMAGE, uri));
      JsonNode out = follower.follow(sender, IMAGE);
      requireCompleted(destination.awaitEnd(LIMIT));
      follower.tell("The guest runs in the second QEMU; waiting until it has checked its memory …");
      awaitChecks(destination, source.checks() + 2);
      return new QemuReport(
          source.description(),
          in,
          whole,
          out,
          source.checks(),
          destination.checks(),
          OutputProof.of(source.output().text(), destination.output().text()));
    }
  }

  private static void requireCompleted(String status) throws CommandFailure {
    if (!status.equals("completed")) {
      throw new CommandFailure("QEMU's migration has " + status);
    }
  }

  private static void awaitChecks(GuestProcess guest, long wanted)
      throws CommandFailure, MachineException, InterruptedException {
    for (long waited = 0; guest.checks() < wanted; waited += LOOK_MILLIS) {
      if (waited > LIMIT.toMillis()) {
        throw new CommandFailure("The guest does not come to the end of checking its memory");
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
