package org.godwit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadProgressTest {
  private static final long MIB = 1 << 20;

  private final List<String> lines = new ArrayList<>();
  private long now;

  @Test
  void shouldTellALineEveryThreeSecondsAfterTwo() {
    ReadProgress progress = new ReadProgress(lines::add, () -> TimeUnit.MILLISECONDS.toNanos(now));
    for (now = 0; now <= 8500; now += 500) {
      progress.at("reading", now / 100 * MIB, 100 * MIB);
    }
    assertEquals(
        List.of(
            "2 s  reading 20%  20 MiB of 100 MiB",
            "5 s  reading 50%  50 MiB of 100 MiB", "8 s  reading 80%  80 MiB of 100 MiB"),
        lines);
  }

  @Test
  void shouldBeToldOfReadingAndOfDigesting() throws Exception {
    // each look at this clock is an hour after the one before
    ReadProgress progress = new ReadProgress(lines::add, () -> TimeUnit.HOURS.toNanos(now++));
    Path recording =
        Path.of("../org.godwit.wire/src/test/resources/vectors/precopy-running-7.2/forward.bin.gz");
    var _ = StreamInspector.inspect(recording, InspectOptions.DEFAULT, progress);
    assertTrue(lines.stream().anyMatch(line -> line.contains("  reading ")), lines::toString);
    assertTrue(lines.stream().anyMatch(line -> line.contains("  digesting ")), lines::toString);
  }
}
