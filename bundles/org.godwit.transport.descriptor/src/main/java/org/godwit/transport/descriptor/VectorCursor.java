package org.godwit.transport.descriptor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.api.transport.GatherList;

/**
 * Where a gathering write stands in its list. A piece that went out in part is shortened in place,
 * so that the rest of the list needs no copy, and made whole again when the cursor leaves it.
 *
 * <p>Used by the writing thread of one channel; allocates nothing.
 */
final class VectorCursor {
  private MemorySegment vectors = MemorySegment.NULL;
  private int index;
  private int end;
  private long address;
  private long length;
  private boolean shortened;

  /** Stands before the first piece. */
  void begin(GatherList pieces) {
    vectors = pieces.vectors();
    index = 0;
    end = pieces.count();
    shortened = false;
  }

  boolean hasMore() {
    return index < end;
  }

  MemorySegment vectors() {
    return vectors;
  }

  int index() {
    return index;
  }

  int left() {
    return end - index;
  }

  /** Moves on by what the kernel took. */
  void advance(long written) {
    long bytes = written;
    while (index < end && bytes >= lengthAt(index)) {
      bytes -= lengthAt(index);
      restore();
      index++;
    }
    if (bytes > 0) {
      shorten(bytes);
    }
  }

  /** Gives a shortened piece its full length back; does nothing if none is. */
  void restore() {
    if (shortened) {
      set(index, address, length);
      shortened = false;
    }
  }

  private void shorten(long bytes) {
    if (!shortened) {
      address = vectors.get(ValueLayout.JAVA_LONG, offset(index));
      length = lengthAt(index);
      shortened = true;
    }
    long begin = vectors.get(ValueLayout.JAVA_LONG, offset(index));
    set(index, begin + bytes, lengthAt(index) - bytes);
  }

  private void set(int at, long newAddress, long newLength) {
    vectors.set(ValueLayout.JAVA_LONG, offset(at), newAddress);
    vectors.set(ValueLayout.JAVA_LONG, offset(at) + Long.BYTES, newLength);
  }

  private long lengthAt(int at) {
    return vectors.get(ValueLayout.JAVA_LONG, offset(at) + Long.BYTES);
  }

  private static long offset(int at) {
    return (long) at * GatherList.ENTRY_SIZE;
  }
}
