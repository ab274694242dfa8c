package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.machine.qemu.QemuMigrationInfo;

/** The steps of a move from QEMU into an image and on to QEMU, each with its checks. */
final class QemuImageRoundTrip {
  private static final int FIRST = 1 << 20;

  private final EngineContainer engine;
  private final Path directory;
  private final boolean returnPath;

  QemuImageRoundTrip(EngineContainer engine, Path directory, boolean returnPath) {
    this.engine = engine;
    this.directory = directory;
    this.returnPath = returnPath;
  }

  Path image() {
    return directory.resolve("image");
  }

  /** Waits for a guest on a free port. */
  Migration receive() throws Exception {
    return receive(settings(), Map.of());
  }

  Migration receive(Settings settings, Map<String, String> more) throws Exception {
    return receive("tcp:127.0.0.1:0", settings, more);
  }

  /** Waits for a guest at some endpoint. */
  Migration receive(String uri, Settings settings, Map<String, String> more) throws Exception {
    Map<String, String> options = new HashMap<>(more);
    options.put("directory", image().toString());
    IncomingMachine incoming =
        engine.machines("image").prepare(new MachineSpec("received", 4096, options));
    return engine.migrations().incoming(incoming, uri, settings, false);
  }

  /** Moves the guest into the image; compares memory; gives what the guest wrote until then. */
  String into(TestGuest source) throws Exception {
    return into(source, receive());
  }

  String into(TestGuest source, Migration incoming) throws Exception {
    return into(source, incoming, incoming.endpoint().toString());
  }

  /** The same where QEMU calls the way to the receiver by another name. */
  String into(TestGuest source, Migration incoming, String uri) throws Exception {
    source.migration().capability("return-path", returnPath);
    source.migration().parameter("max-bandwidth", 1L << 40);
    source.migration().migrate(uri);
    return received(source, incoming);
  }

  /** Waits for the end of a move into the image, and checks it. */
  String received(TestGuest source, Migration incoming) throws Exception {
    QemuMigrationInfo end = source.migration().awaitEnd(TestGuest.LIMIT);
    assertEquals("completed", end.status(), end.toString());
    MigrationOutcome outcome = outcome(incoming);
    assertCompleted(outcome);
    outcome.machine().orElseThrow().close();
    assertEquals("postmigrate", source.qemu().runState());
    assertEquals(List.of(), engine.images().verify(image(), WorkListener.NOBODY));
    return source.output();
  }

  /** The main block of the image, without the first MiB. */
  byte[] memory(GuestMachine guest) throws Exception {
    try (Machine machine = engine.images().open("compared", image())) {
      RamBlock block =
          machine.blocks().stream()
              .filter(b -> b.name().equals(guest.mainBlock()))
              .findFirst()
              .orElseThrow();
      return block
          .mapping()
          .orElseThrow()
          .asSlice(FIRST, block.length() - FIRST)
          .toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /** Sends the image; returns when the destination has the guest. */
  void outTo(TestGuest destination) throws Exception {
    destination.migration().capability("return-path", returnPath);
    String uri = destination.listen();
    arrived(destination, send(uri));
  }

  /** Checks that a destination has got the guest; waits for its end of the move. */
  void arrived(TestGuest destination, MigrationOutcome outcome) throws Exception {
    assertEquals(
        MigrationStatus.COMPLETED,
        outcome.status(),
        () -> outcome.error() + ", QEMU said: " + said(destination));
    QemuMigrationInfo end = destination.migration().awaitEnd(TestGuest.LIMIT);
    assertEquals("completed", end.status(), end + " " + destination.qemu().errors());
  }

  MigrationOutcome send(String uri) throws Exception {
    return send(uri, settings());
  }

  MigrationOutcome send(String uri, Settings settings) throws Exception {
    try (Machine machine = engine.images().open("sent", image())) {
      return outcome(engine.migrations().migrate(machine, uri, settings));
    }
  }

  void assertSameMemory(GuestMachine guest, TestGuest stopped) throws Exception {
    assertArrayEquals(memory(guest), stopped.memory());
  }

  static MigrationOutcome outcome(Migration migration) throws Exception {
    return migration
        .outcome()
        .toCompletableFuture()
        .get(TestGuest.LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static void assertCompleted(MigrationOutcome outcome) {
    assertEquals(
        MigrationStatus.COMPLETED, outcome.status(), () -> String.valueOf(outcome.error()));
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
  }

  private static String said(TestGuest guest) {
    try {
      // a destination that refuses a guest says why just before it ends
      boolean _ = guest.qemu().awaitEnd(Duration.ofSeconds(2));
      return guest.qemu().errors();
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  Settings settings() {
    return Settings.defaults()
        .with(Capability.RETURN_PATH, returnPath)
        .with(Parameter.MAX_BANDWIDTH, 0);
  }
}
