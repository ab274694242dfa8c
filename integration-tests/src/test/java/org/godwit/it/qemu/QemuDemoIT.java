package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Path;
import org.godwit.it.program.Godwit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code godwit demo --guest qemu}, with QEMU 10.0: docs/known-issues.md says why not with 7.2. */
@Tag("full")
@Timeout(180)
class QemuDemoIT {
  @TempDir Path folder;

  @Test
  void shouldMoveAQemuGuestIntoAnImageAndOutOfIt() throws Exception {
    ProcessBuilder demo = Godwit.builder("demo", "--guest", "qemu", "--memory", "64M", "--json");
    Path programs = QemuRelease.V10_0.program().getParent();
    demo.environment()
        .merge("PATH", programs.toString(), (old, first) -> first + File.pathSeparator + old);
    try (Godwit running = Godwit.start(folder, demo)) {
      assertEquals(0, running.await(), running.err());
      JsonNode report = new ObjectMapper().readTree(running.out());
      assertTrue(report.toString().contains("QEMU 10.0"), report::toString);
      assertTrue(report.findValue("proof").asBoolean(), report::toString);
      assertTrue(report.findValue("undamaged").asBoolean(), report::toString);
    }
  }
}
