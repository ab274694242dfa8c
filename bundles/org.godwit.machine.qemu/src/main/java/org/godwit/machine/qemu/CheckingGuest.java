package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.machine.GuestProcess;
import org.godwit.api.machine.MachineException;

/** A QEMU with the guest of {@link CheckingProgram}, or waiting for it. Thread-safe. */
final class CheckingGuest implements GuestProcess {
  private static final Pattern LINE = Pattern.compile("p(\\d+)r\\d+\n");
  private static final Pattern WRONG = Pattern.compile("B(\\d+)\n");

  private static final Duration LOOK = Duration.ofMillis(50);

  private final QemuProcess process;
  private final QemuMigration migration;

  CheckingGuest(QemuProcess process) throws IOException {
    this.process = process;
    try {
      this.migration = QemuMigration.of(process.qmp());
      // without it a source cannot know that its guest has arrived
      migration.capability("return-path", true);
      migration.parameter("max-bandwidth", 0);
    } catch (QmpException e) {
      process.close();
      throw e;
    }
  }

  @Override
  public String description() {
    return "QEMU " + process.qmp().version() + ", machine type pc";
  }

  @Override
  public void migrate(String uri) throws MachineException {
    try {
      migration.migrate(uri);
    } catch (QmpException e) {
      throw new MachineException("QEMU does not migrate to " + uri, e);
    }
  }

  @Override
  public String listen(String uri) throws MachineException {
    try {
      migration.incoming(uri);
      List<JsonNode> addresses = migration.addresses();
      return addresses.isEmpty()
          ? uri
          : "tcp:%s:%s"
              .formatted(
                  addresses.getFirst().path("host").asText(),
                  addresses.getFirst().path("port").asText());
    } catch (QmpException e) {
      throw new MachineException("QEMU does not listen at " + uri, e);
    }
  }

  @Override
  public String awaitEnd(Duration limit) throws MachineException, InterruptedException {
    try {
      QemuMigrationInfo end = migration.awaitEnd(limit);
      return end.error().map(error -> end.status() + ": " + error).orElse(end.status());
    } catch (IOException e) {
      throw new MachineException("The migration of QEMU does not come to its end" + said(), e);
    }
  }

  private String said() {
    try {
      String errors = process.errors().strip();
      return errors.isEmpty() ? "" : " (QEMU says: " + errors + ")";
    } catch (IOException e) {
      return ""; // it is about the other error
    }
  }

  @Override
  public Output output() {
    try {
      String all = process.serial();
      int dropped = Math.max(0, all.length() - (1 << 20));
      return new Output(dropped, all.substring(dropped));
    } catch (IOException e) {
      return new Output(0, "");
    }
  }

  /** Looks at intervals: QEMU writes to a file, and a file tells nobody that it has grown. */
  @Override
  public boolean awaitMore(long known) throws InterruptedException {
    boolean ended = false;
    while (written() <= known && !ended) {
      ended = process.awaitEnd(LOOK);
    }
    return written() > known;
  }

  private long written() {
    Output output = output();
    return output.dropped() + output.text().length();
  }

  @Override
  public long checks() throws MachineException {
    String text = output().text();
    Matcher wrong = WRONG.matcher(text);
    if (wrong.find()) {
      throw new MachineException(
          "The guest found a wrong page that ends before address 0x%x"
              .formatted(Long.parseLong(wrong.group(1)) + 4096));
    }
    long checks = 0;
    for (Matcher line = LINE.matcher(text); line.find(); ) {
      checks = Long.parseLong(line.group(1));
    }
    return checks;
  }

  @Override
  public void close() {
    migration.close();
    process.close();
  }
}
