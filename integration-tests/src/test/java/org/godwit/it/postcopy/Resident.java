package org.godwit.it.postcopy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of a mapping lies in memory, as the kernel tells. */
final class Resident {
  private static final Pattern RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");
  private static final Pattern RSS = Pattern.compile("Rss: +([0-9]+) kB");

  private Resident() {}

  static long bytes(MemorySegment mapping) throws IOException {
    long begin = mapping.address();
    long end = begin + mapping.byteSize();
    boolean inside = false;
    long sum = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      Matcher range = RANGE.matcher(line);
      Matcher rss = RSS.matcher(line);
      if (range.matches()) {
        long from = Long.parseUnsignedLong(range.group(1), 16);
        inside = from >= begin && from < end;
      } else if (inside && rss.matches()) {
        sum += Long.parseLong(rss.group(1)) << 10;
      }
    }
    return sum;
  }
}
