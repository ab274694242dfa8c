package org.godwit.coordinator;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/** Cuts the link exactly before or after a certain write of the side that uses this transport. */
final class CutTransport extends ForwardingTransport {
  /** When the link breaks, seen from the write that matches. */
  enum When {
    /** What is written never arrives, and the writer is told so. */
    BEFORE,
    /** What is written never arrives, but the writer believes it did. */
    SWALLOWED,
    /** What is written arrives; nothing else does in either direction. */
    AFTER,
    /** What is written arrives, but the writer is told that it failed; reading goes on. */
    DENIED
  }

  private final Predicate<byte[]> match;
  private final When when;
  private final boolean bidirectional;
  private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
  private Runnable beforeLoss = () -> {};
  private Reason reason = Reason.PEER_GONE;

  CutTransport(Transport inner, Predicate<byte[]> match, When when) {
    this(inner, match, when, true);
  }

  CutTransport(Transport inner, Predicate<byte[]> match, When when, boolean bidirectional) {
    super(inner);
    this.match = match;
    this.when = when;
    this.bidirectional = bidirectional;
  }

  /** How many links are cut; the others hold. */
  CutTransport times(int count) {
    left.set(count);
    return this;
  }

  /** What happens at the other end before this end notices the cut in endOutput. */
  CutTransport beforeLoss(Runnable action) {
    beforeLoss = action;
    return this;
  }

  /** What this end is told about the cut, instead of a peer that is gone. */
  CutTransport because(Reason other) {
    reason = other;
    return this;
  }

  /** Writes that contain certain bytes. */
  static Predicate<byte[]> contains(int... bytes) {
    return written -> indexOf(written, bytes) >= 0;
  }

  /** Writes that begin with certain bytes. */
  static Predicate<byte[]> beginsWith(int... bytes) {
    return written -> indexOf(written, bytes) == 0;
  }

  /** A PING or PONG with a value. */
  static int[] pingOrPong(long value) {
    return new int[] {
      0x00,
      0x02,
      0x00,
      0x04,
      (int) (value >>> 24) & 0xFF,
      (int) (value >>> 16) & 0xFF,
      (int) (value >>> 8) & 0xFF,
      (int) value & 0xFF
    };
  }

  private static int indexOf(byte[] written, int... bytes) {
    for (int i = 0; i + bytes.length <= written.length; i++) {
      int at = i;
      if (java.util.stream.IntStream.range(0, bytes.length)
          .allMatch(j -> (written[at + j] & 0xFF) == bytes[j])) {
        return i;
      }
    }
    return -1;
  }

  @Override
  Channel connected(Channel channel) {
    return new Cut(channel);
  }

  @Override
  Channel accepted(Channel channel) {
    return new Cut(channel);
  }

  private final class Cut extends ForwardingChannel {
    // volatile: set by the writing thread, seen by the reading one
    private volatile boolean cut;

    Cut(Channel channel) {
      super(channel);
    }

    @Override
    public boolean bidirectional() {
      return bidirectional;
    }

    @Override
    public void write(GatherList pieces) throws TransportException {
      if (cut || !match.test(bytes(pieces)) || left.getAndDecrement() <= 0) {
        inner.write(pieces);
        return;
      }
      if (when == When.DENIED) {
        inner.write(pieces);
        throw new TransportException(reason, "The link was cut by a test.");
      }
      cut = true;
      if (when == When.AFTER) {
        inner.write(pieces);
        inner.endOutput();
        return;
      }
      inner.abort("cut by a test");
      if (when == When.BEFORE) {
        throw new TransportException(reason, "The link was cut by a test.");
      }
    }

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      int count = cut ? -1 : inner.read(into, offset, length);
      if (cut) {
        throw new TransportException(reason, "The link was cut by a test.");
      }
      return count;
    }

    @Override
    public void endOutput() throws TransportException {
      if (cut) {
        beforeLoss.run();
        throw new TransportException(reason, "The link was cut by a test.");
      }
      inner.endOutput();
    }
  }

  private static byte[] bytes(GatherList pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < pieces.count(); i++) {
      byte[] piece =
          pieces
              .sourceAt(i)
              .asSlice(pieces.offsetAt(i), pieces.lengthAt(i))
              .toArray(ValueLayout.JAVA_BYTE);
      all.writeBytes(piece);
    }
    return Arrays.copyOf(all.toByteArray(), all.size());
  }
}
