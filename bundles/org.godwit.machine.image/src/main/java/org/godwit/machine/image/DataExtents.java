package org.godwit.machine.image;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Set;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;

/**
 * Where a sparse file that no longer changes has data. A sender skips the holes without touching
 * them: a touch of a mapped hole would fill it with zeros, in memory or even on the disk.
 * Immutable.
 */
final class DataExtents {
  /** Beyond so many extents the rest of the file counts as one. */
  private static final int MOST = 1 << 16;

  private static final long PAGE = 4096;

  private final long[] begins;
  private final long[] ends;

  private DataExtents(long[] begins, long[] ends) {
    this.begins = begins;
    this.ends = ends;
  }

  /** Asks the file system; one that cannot tell has one extent. */
  static DataExtents of(Path path, long length) throws LinuxException {
    try (NativeFile file = NativeFile.open(path, Set.of(NativeFile.Mode.READ))) {
      long[] begins = new long[16];
      long[] ends = new long[16];
      int count = 0;
      for (OptionalLong data = file.seekData(0); data.isPresent(); count++) {
        if (count == begins.length) {
          begins = Arrays.copyOf(begins, 2 * count);
          ends = Arrays.copyOf(ends, 2 * count);
        }
        begins[count] = data.getAsLong() / PAGE * PAGE;
        ends[count] = count == MOST ? length : file.seekHole(data.getAsLong());
        data = ends[count] < length ? file.seekData(ends[count]) : OptionalLong.empty();
      }
      return new DataExtents(Arrays.copyOf(begins, count), Arrays.copyOf(ends, count));
    }
  }

  /** The first byte from an offset on that is in an extent; {@code length} if there is none. */
  long next(long offset, long length) {
    int at = Arrays.binarySearch(begins, offset);
    if (at >= 0) {
      return offset;
    }
    int after = -at - 1;
    if (after > 0 && offset < ends[after - 1]) {
      return offset;
    }
    return after < begins.length ? begins[after] : length;
  }
}
