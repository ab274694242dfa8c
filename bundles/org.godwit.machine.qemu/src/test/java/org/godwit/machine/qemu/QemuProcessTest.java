package org.godwit.machine.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against the QEMU of the host, where there is one. */
@Timeout(60)
class QemuProcessTest {
  private static final Path PROGRAM = Path.of("/usr/bin/qemu-system-x86_64");
  private static final Duration LONG = Duration.ofSeconds(20);

  @BeforeAll
  static void needQemu() {
    assumeTrue(Files.isExecutable(PROGRAM), "no " + PROGRAM);
  }

  @Test
  void shouldStartAndEndInOrderAndLeaveNothing() throws Exception {
    QemuCommand command = QemuCommand.of(PROGRAM, "pc", 16 << 20).startStopped();
    QemuProcess qemu = QemuProcess.start(command, LONG);
    try (qemu) {
      assertEquals("prelaunch", qemu.runState());
      assertTrue(qemu.qmp().version().atLeast(5, 0));
    }
    assertFalse(qemu.isAlive());
    assertFalse(Files.exists(qemu.directory()));
  }

  @Test
  void shouldMigrateToAFileAndTellTheFigures() throws Exception {
    QemuCommand command = QemuCommand.of(PROGRAM, "pc", 16 << 20).startStopped();
    try (QemuProcess qemu = QemuProcess.start(command, LONG);
        QemuMigration migration = QemuMigration.of(qemu.qmp())) {
      Path file = qemu.directory().resolve("stream");
      migration.migrate("exec:cat > " + file);
      QemuMigrationInfo end = migration.awaitEnd(LONG);
      assertEquals("completed", end.status());
      assertTrue(end.transferred() > 0 && end.total() >= 16 << 20, end.toString());
      assertEquals("postmigrate", qemu.runState());
      assertTrue(Files.size(file) > 10_000);
    }
  }

  @Test
  void shouldRepeatWhatQemuSaidWhenItDoesNotStart() {
    QemuCommand command = QemuCommand.of(PROGRAM, "no-such-machine", 16 << 20);
    IOException error = assertThrows(IOException.class, () -> QemuProcess.start(command, LONG));
    assertTrue(error.getMessage().contains("no-such-machine"), error.getMessage());
    assertTrue(error.getMessage().contains("unsupported machine type"), error.getMessage());
  }
}
