package org.godwit.benchmarks.postcopy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeCode;

/**
 * What a guest's touches of pages that had not arrived took, in microseconds.
 *
 * @param faults how many touches took longer than {@link #FAULT}
 * @param p50 half of the faults took no longer
 * @param p99 of hundred one took longer
 * @param most the longest
 */
record Touches(int faults, double p50, double p99, double most) {
  /** A touch of a page that is there takes 0.5 to 2 microseconds under TCG. */
  private static final double FAULT = 15;

  private static final double MICROS_PER_TICK = microsPerTick();

  static Touches of(int[] notes) {
    double[] faults =
        Arrays.stream(notes)
            .mapToDouble(n -> Integer.toUnsignedLong(n) * TouchingProgram.TICKS * MICROS_PER_TICK)
            .filter(micros -> micros > FAULT)
            .sorted()
            .toArray();
    int count = faults.length;
    return count == 0
        ? new Touches(0, Double.NaN, Double.NaN, Double.NaN)
        : new Touches(
            count, faults[count / 2], faults[(int) (count * 99L / 100)], faults[count - 1]);
  }

  /** TCG gives its guests the clock of the host's processor. */
  private static double microsPerTick() {
    // rdtsc; shl rdx,32; or rax,rdx; ret
    try (NativeCode clock = NativeCode.load(HexFormat.of().parseHex("0f3148c1e2204809d0c3"))) {
      long ticks = clock.call(MemorySegment.NULL);
      long begin = System.nanoTime();
      long now = begin;
      while (now - begin < 50_000_000) {
        now = System.nanoTime();
      }
      return (now - begin) / 1000.0 / (clock.call(MemorySegment.NULL) - ticks);
    } catch (LinuxException e) {
      throw new IllegalStateException(e);
    }
  }
}
