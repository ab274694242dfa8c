package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.machine.qemu.QemuMigration;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.godwit.machine.qemu.QemuProcess;

/** A QEMU with the guest of {@link TouchingProgram}, or waiting for it. */
final class QemuSide implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path directory;
  private final QemuProcess process;
  private final QemuMigration migration;
  private final DebugPort guest;

  private QemuSide(Path directory, QemuProcess process, DebugPort guest) throws IOException {
    this.directory = directory;
    this.process = process;
    this.guest = guest;
    this.migration = QemuMigration.of(process.qmp());
    migration.capability("return-path", true);
  }

  /** A guest whose memory is filled. */
  static QemuSide source(Setup setup, long memory) throws IOException, InterruptedException {
    QemuSide side = start(setup, memory, false);
    try {
      side.guest.awaitFilled();
      return side;
    } catch (IOException | InterruptedException e) {
      side.close();
      throw e;
    }
  }

  /** Listens for a guest by postcopy. */
  static QemuSide destination(Setup setup, long memory, String uri, Link link) throws IOException {
    QemuSide side = start(setup, memory, true);
    side.migration.capability("postcopy-ram", true);
    side.migration.capability("postcopy-preempt", link.preempt());
    side.migration.incoming(uri);
    return side;
  }

  private static QemuSide start(Setup setup, long memory, boolean waiting) throws IOException {
    Path directory = Files.createTempDirectory("godwit-benchmark-");
    Path kernel = directory.resolve("kernel");
    Path socket = directory.resolve("debug");
    TouchingProgram.writeTo(kernel, setup.touches());
    int reads = waiting ? TouchingProgram.DESTINATION : TouchingProgram.SOURCE;
    QemuCommand command =
        QemuCommand.of(setup.qemu(), "pc", memory)
            .with("-kernel", kernel.toString())
            .with("-chardev", "socket,id=debug,server=on,wait=off,path=" + socket)
            .with("-device", "isa-debugcon,iobase=0xe9,chardev=debug,readback=" + reads);
    // a program that went ahead before it is listened to would be missed
    QemuProcess process =
        QemuProcess.start(waiting ? command.waitForGuest() : command.startStopped(), PATIENCE);
    try {
      DebugPort guest = DebugPort.connect(socket, setup.touches());
      if (!waiting) {
        JsonNode _ = process.qmp().execute("cont");
      }
      return new QemuSide(directory, process, guest);
    } catch (IOException e) {
      process.close();
      throw e;
    }
  }

  DebugPort guest() {
    return guest;
  }

  /** Sends the guest to an image, as a whole. */
  void precopy(String uri) throws IOException, InterruptedException {
    migration.parameter("max-bandwidth", 0);
    migration.migrate(uri);
    QemuMigrationInfo _ = awaitEnd();
  }

  /** Switches over as early as QEMU can. */
  void postcopy(String uri, Link link) throws IOException, InterruptedException {
    migration.capability("postcopy-ram", true);
    migration.capability("postcopy-preempt", link.preempt());
    migration.parameter("max-bandwidth", 1 << 20);
    migration.parameter("max-postcopy-bandwidth", link.rate());
    migration.migrate(uri);
    migration.await("active", PATIENCE);
    migration.startPostcopy();
  }

  QemuMigrationInfo awaitEnd() throws IOException, InterruptedException {
    QemuMigrationInfo end = migration.awaitEnd(PATIENCE);
    if (!end.status().equals("completed")) {
      throw new IOException("QEMU ends in " + end.status() + ": " + end.error().orElse("?"));
    }
    return end;
  }

  @Override
  public void close() throws IOException {
    migration.close();
    // in the middle of a migration QEMU would first try to end it
    ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
    process.close();
    guest.close();
    Files.deleteIfExists(directory.resolve("kernel"));
    Files.deleteIfExists(directory.resolve("debug"));
    Files.delete(directory);
  }
}
