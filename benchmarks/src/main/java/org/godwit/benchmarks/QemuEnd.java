package org.godwit.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.machine.qemu.QemuMigration;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.godwit.machine.qemu.QemuProcess;

/** A QEMU with a guest, plain TCP, no rate limit, return path on. */
final class QemuEnd implements End.Source, End.Destination {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final QemuProcess process;
  private final QemuMigration migration;
  private final ProcessMeter meter;
  private double cpuBefore;

  private QemuEnd(QemuProcess process) throws IOException {
    this.process = process;
    this.migration = QemuMigration.of(process.qmp());
    this.meter = new ProcessMeter(process.pid());
    migration.capability("return-path", true);
    migration.parameter("max-bandwidth", 0);
  }

  /** With a stopped guest. */
  static QemuEnd source(Path program, long memory, List<String> content) throws IOException {
    return new QemuEnd(
        QemuProcess.start(command(program, memory, content).startStopped(), PATIENCE));
  }

  /** With a guest that runs its firmware and then has nothing to do. */
  static QemuEnd running(Path program, long memory) throws IOException {
    return new QemuEnd(QemuProcess.start(command(program, memory, List.of()), PATIENCE));
  }

  static QemuEnd destination(Path program, long memory, String uri) throws IOException {
    QemuCommand command = command(program, memory, List.of()).startStopped().waitForGuest();
    QemuEnd end = new QemuEnd(QemuProcess.start(command, PATIENCE));
    end.migration.incoming(uri);
    end.cpuBefore = end.meter.cpuSeconds();
    return end;
  }

  private static QemuCommand command(Path program, long memory, List<String> content) {
    return QemuCommand.of(program, "pc", memory).with(content.toArray(String[]::new));
  }

  /** Migrates; returns all that QEMU tells about it. */
  QemuMigrationInfo move(String uri) throws IOException, InterruptedException {
    cpuBefore = meter.cpuSeconds();
    migration.migrate(uri);
    return completed();
  }

  @Override
  public Sent migrate(String uri) throws IOException, InterruptedException {
    QemuMigrationInfo info = move(uri);
    return new Sent(info.totalTime().toMillis(), info.transferred());
  }

  @Override
  public void awaitArrival() throws IOException, InterruptedException {
    QemuMigrationInfo _ = completed();
  }

  private QemuMigrationInfo completed() throws IOException, InterruptedException {
    QemuMigrationInfo info = migration.awaitEnd(PATIENCE);
    if (!info.status().equals("completed")) {
      throw new IOException(
          "QEMU ends in " + info.status() + ": " + info.error().orElse("no reason"));
    }
    return info;
  }

  @Override
  public Figures.Side cost() throws IOException {
    return new Figures.Side(meter.cpuSeconds() - cpuBefore, meter.peakMebibytes());
  }

  @Override
  public void close() {
    migration.close();
    process.close();
  }
}
