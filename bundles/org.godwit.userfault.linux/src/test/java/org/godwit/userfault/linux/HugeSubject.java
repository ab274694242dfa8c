package org.godwit.userfault.linux;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;

/**
 * Pages of 2 MiB out of the host's pool, which is empty on most hosts: give it 64 pages ({@code
 * sysctl vm.nr_hugepages=64}) to run this.
 */
abstract class HugeSubject extends LinuxSubject {
  private static final long WANTED = 64;

  @BeforeAll
  static void requirePool() throws IOException {
    long free =
        Files.readAllLines(Path.of("/proc/meminfo")).stream()
            .filter(line -> line.startsWith("HugePages_Free:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
    String found = free + " huge pages are free, " + WANTED + " are wanted";
    assertFalse(free < WANTED && System.getenv("GODWIT_REQUIRE_HUGE_PAGES") != null, found);
    assumeTrue(free >= WANTED, found);
  }

  @Override
  protected long pageSize() {
    return 2L << 20;
  }
}
