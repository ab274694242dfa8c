package org.godwit.it.relay;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.godwit.wire.ByteSource;

/** One direction of a connection: what was read is handed on up to where it is told to. */
final class Passage implements ByteSource {
  private final SocketChannel from;
  private final SocketChannel to;
  private byte[] kept = new byte[1 << 16];
  private int length;
  private long passed;

  Passage(SocketChannel from, SocketChannel to) {
    this.from = from;
    this.to = to;
  }

  @Override
  public long read(MemorySegment into, long offset, long most) throws IOException {
    ByteBuffer target = into.asSlice(offset, most).asByteBuffer();
    int count = from.read(target);
    if (count > 0) {
      if (length + count > kept.length) {
        kept = Arrays.copyOf(kept, Math.max(2 * kept.length, length + count));
      }
      target.flip().get(kept, length, count);
      length += count;
    }
    return count;
  }

  /** Hands on all before a stream offset. */
  void passTo(long offset) throws IOException {
    int count = Math.toIntExact(offset - passed);
    ByteBuffer bytes = ByteBuffer.wrap(kept, 0, count);
    while (bytes.hasRemaining()) {
      int _ = to.write(bytes);
    }
    System.arraycopy(kept, count, kept, 0, length - count);
    length -= count;
    passed = offset;
  }

  /** Hands on all that was read, and that nothing more comes. */
  void end() throws IOException {
    passTo(passed + length);
    SocketChannel _ = to.shutdownOutput();
  }
}
