package org.godwit.shell.text;

import java.time.Duration;
import java.util.Locale;

/** Numbers with units, as people read them; always in English. */
public final class Units {
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Units() {}

  /** Bytes with a binary unit and three significant digits, for example {@code 1.50 GiB}. */
  public static String bytes(long bytes) {
    int unit = 0;
    double value = (double) bytes;
    while (value >= 1023.5 && unit < BINARY.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? String.format(Locale.ROOT, "%d B", Math.round(value))
        : significant(value) + " " + BINARY[unit];
  }

  /** Bytes in a second. */
  public static String rate(double bytesPerSecond) {
    return bytes(Math.round(bytesPerSecond)) + "/s";
  }

  /** A count with separators, for example {@code 262,144}. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** A time with the unit that fits: microseconds, milliseconds, seconds or minutes. */
  public static String time(Duration time) {
    double micros = time.toNanos() / 1e3;
    if (micros < 1000) {
      return String.format(Locale.ROOT, "%d µs", Math.round(micros));
    }
    if (micros < 1e6) {
      return significant(micros / 1e3) + " ms";
    }
    return time.toSeconds() < 120
        ? significant(micros / 1e6) + " s"
        : String.format(Locale.ROOT, "%d min %02d s", time.toMinutes(), time.toSecondsPart());
  }

  private static String significant(double value) {
    if (value < 9.995) {
      return String.format(Locale.ROOT, "%.2f", value);
    }
    return String.format(Locale.ROOT, value < 99.95 ? "%.1f" : "%.0f", value);
  }
}
