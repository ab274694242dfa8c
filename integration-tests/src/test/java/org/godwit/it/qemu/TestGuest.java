package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.machine.qemu.QemuMigration;
import org.godwit.machine.qemu.QemuProcess;

/** A QEMU with the guest of {@link GuestFirmware}, or one that waits for it. */
final class TestGuest implements AutoCloseable {
  static final long MEMORY = 32 << 20;
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final int LINE = 9;

  private final QemuProcess qemu;
  private final QemuMigration migration;

  private TestGuest(QemuProcess qemu) throws IOException {
    this.qemu = qemu;
    this.migration = QemuMigration.of(qemu.qmp());
  }

  static TestGuest running(QemuRelease release, GuestMachine machine, Path directory)
      throws IOException {
    return start(command(release, machine, directory));
  }

  static TestGuest waiting(QemuRelease release, GuestMachine machine, Path directory)
      throws IOException {
    return start(command(release, machine, directory).waitForGuest());
  }

  /** With a machine type of another release. */
  static TestGuest running(QemuRelease release, GuestMachine machine, String type, Path directory)
      throws IOException {
    return start(command(release, machine, type, directory));
  }

  /** With a machine type of another release. */
  static TestGuest waiting(QemuRelease release, GuestMachine machine, String type, Path directory)
      throws IOException {
    return start(command(release, machine, type, directory).waitForGuest());
  }

  QemuProcess qemu() {
    return qemu;
  }

  QemuMigration migration() {
    return migration;
  }

  /** Begins to listen on a socket of its own; gives the URI. */
  String listen() throws IOException {
    String uri = "unix:" + qemu.directory().resolve("in");
    migration.incoming(uri);
    return uri;
  }

  /** Everything that the guest wrote here; fails if the guest found its memory wrong. */
  String output() throws IOException {
    String text = qemu.serial();
    assertFalse(
        text.contains("!"), "the guest found wrong memory after " + text.length() + " bytes");
    return text;
  }

  /** Waits until the guest has done so many more rounds. Asking QEMU is the pause between looks. */
  void awaitRounds(int more) throws IOException {
    int wanted = output().length() + more * LINE;
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (output().length() < wanted) {
      String state = qemu.runState();
      if (System.nanoTime() > deadline) {
        throw new AssertionError("the guest makes no progress, it is " + state);
      }
    }
  }

  void stop() throws IOException {
    var _ = qemu.qmp().execute("stop");
  }

  void go() throws IOException {
    var _ = qemu.qmp().execute("cont");
  }

  /** Guest physical memory from 1 MiB on: below are windows to other memory. */
  byte[] memory() throws IOException {
    Path file = qemu.directory().resolve("memory");
    qemu.saveMemory(1 << 20, MEMORY - (1 << 20), file);
    try {
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Checks that output of several places, put together, counts rounds without gap or repeat. */
  static void assertContinuous(String... pieces) {
    String text = String.join("", pieces);
    int round = 1;
    for (int begin = 0; begin + LINE <= text.length(); begin += LINE) {
      assertEquals(String.format("%08x\n", round), text.substring(begin, begin + LINE));
      round++;
    }
  }

  @Override
  public void close() {
    migration.close();
    qemu.close();
  }

  /** A QEMU with this guest, with what a test adds to its command. */
  static TestGuest start(QemuCommand command) throws IOException {
    QemuProcess qemu = QemuProcess.start(command, LIMIT);
    try {
      return new TestGuest(qemu);
    } catch (IOException e) {
      qemu.close();
      throw e;
    }
  }

  static QemuCommand command(QemuRelease release, GuestMachine machine, Path directory)
      throws IOException {
    return command(release, machine, machine.type(), directory);
  }

  private static QemuCommand command(
      QemuRelease release, GuestMachine machine, String type, Path directory) throws IOException {
    Path firmware = directory.resolve("firmware.bin");
    if (!Files.exists(firmware)) {
      Path _ = GuestFirmware.write(firmware);
    }
    return QemuCommand.of(release.program(), type, MEMORY)
        .with("-bios", firmware.toString())
        .with(machine.arguments().toArray(String[]::new));
  }
}
