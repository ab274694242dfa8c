package org.godwit.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.machine.qemu.QemuMigration;
import org.godwit.machine.qemu.QemuMigrationInfo;
import org.godwit.machine.qemu.QemuProcess;

/** A QEMU with a stopped guest of 3 GiB, plain TCP, no rate limit, return path on. */
final class QemuEnd implements End.Source, End.Destination {
  static final long MEMORY = 3L << 30;

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

  static QemuEnd source(Path program, List<String> content) throws IOException {
    return new QemuEnd(QemuProcess.start(command(program, content).startStopped(), PATIENCE));
  }

  static QemuEnd destination(Path program, String uri) throws IOException {
    QemuCommand command = command(program, List.of()).startStopped().waitForGuest();
    QemuEnd end = new QemuEnd(QemuProcess.start(command, PATIENCE));
    end.migration.incoming(uri);
    end.cpuBefore = end.meter.cpuSeconds();
    return end;
  }

  private static QemuCommand command(Path program, List<String> content) {
    return QemuCommand.of(program, "pc", MEMORY).with(content.toArray(String[]::new));
  }

  @Override
  public Sent migrate(String uri) throws IOException, InterruptedException {
    cpuBefore = meter.cpuSeconds();
    migration.migrate(uri);
    QemuMigrationInfo info = completed();
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
