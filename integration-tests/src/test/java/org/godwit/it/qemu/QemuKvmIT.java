package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.godwit.it.EngineContainer;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.tck.RequiredSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Guests that QEMU runs under KVM go into an image and out again. They check only half a MiB: where
 * KVM itself is nested, code of ring 0 may be emulated and slow.
 */
@Timeout(300)
class QemuKvmIT {
  private static final int END = GuestFirmware.BEGIN + (1 << 19);

  @TempDir static Path storage;
  @TempDir Path directory;

  private static EngineContainer engine;

  @BeforeAll
  static void startEngine() throws Exception {
    RequiredSupport.require(Files.isWritable(Path.of("/dev/kvm")), "no /dev/kvm for this user");
    engine = EngineContainer.start(storage);
  }

  @AfterAll
  static void stopEngine() throws Exception {
    if (engine != null) {
      engine.close();
    }
  }

  @Test
  void shouldMoveARunningGuestInAndOut() throws Exception {
    move(QemuRelease.V10_0, GuestMachine.Q35, true, true);
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({
    "V7_2, PC, true, true",
    "V7_2, PC, false, true",
    "V7_2, Q35, true, false",
    "V7_2, MICROVM, true, true",
    "V10_0, PC, true, false",
    "V10_0, Q35, false, true",
    "V10_0, MICROVM, true, true",
  })
  void shouldMoveEveryKindOfGuestInAndOut(
      QemuRelease release, GuestMachine machine, boolean running, boolean returnPath)
      throws Exception {
    move(release, machine, running, returnPath);
  }

  private void move(QemuRelease release, GuestMachine machine, boolean running, boolean returnPath)
      throws Exception {
    Path _ = GuestFirmware.write(directory.resolve("firmware.bin"), END);
    QemuImageRoundTrip trip = new QemuImageRoundTrip(engine, directory, returnPath);
    QemuCommand command = TestGuest.command(release, machine, directory).accelerated("kvm");
    String before;
    try (TestGuest source = TestGuest.start(command)) {
      source.awaitRounds(2);
      if (!running) {
        source.stop();
      }
      before = trip.into(source);
      trip.assertSameMemory(machine, source);
    }
    try (TestGuest destination = TestGuest.start(command.waitForGuest())) {
      trip.outTo(destination);
      if (!running) {
        assertEquals("paused", destination.qemu().runState());
        trip.assertSameMemory(machine, destination);
        destination.go();
      }
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }
}
