package org.godwit.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnitsTest {
  @Test
  void shouldUseBinaryUnitsWithThreeDigits() {
    assertEquals("0 B", Units.bytes(0));
    assertEquals("1023 B", Units.bytes(1023));
    assertEquals("1.00 KiB", Units.bytes(1024));
    assertEquals("1.50 GiB", Units.bytes(3L << 29));
    assertEquals("16.0 TiB", Units.bytes(1L << 44));
  }

  @Test
  void shouldChooseUnitOfTime() {
    assertEquals("12 µs", Units.time(Duration.ofNanos(12_300)));
    assertEquals("1.50 ms", Units.time(Duration.ofNanos(1_500_000)));
    assertEquals("2.25 s", Units.time(Duration.ofMillis(2250)));
    assertEquals("3 min 05 s", Units.time(Duration.ofSeconds(185)));
  }

  @Test
  void shouldSeparateThousands() {
    assertEquals("1,234,567", Units.count(1_234_567));
  }
}
