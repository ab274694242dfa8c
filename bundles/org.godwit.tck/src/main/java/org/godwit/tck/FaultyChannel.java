package org.godwit.tck;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.tck.FaultPoint.Direction;
import org.godwit.tck.FaultPoint.Kind;

/** A channel with faults. Threads: as any channel; each direction's state belongs to its thread. */
final class FaultyChannel implements Channel {
  private static final long STEP_MILLIS = 5;

  /** How stalls begin, end and are seen. */
  record Stall(CountDownLatch released, CountDownLatch reached, Duration timeout) {}

  private final Channel inner;
  private final Stall stall;
  private final Optional<FaultPoint> written;
  private final Optional<FaultPoint> read;
  private long writtenBytes;
  private long readBytes;
  private boolean writingEnded;

  /** Set by whoever aborts or closes, read by a stalled thread. */
  private volatile String aborted = "";

  FaultyChannel(Channel inner, List<FaultPoint> faults, Stall stall) {
    this.inner = inner;
    this.stall = stall;
    this.written = first(faults, Direction.WRITTEN);
    this.read = first(faults, Direction.READ);
  }

  private static Optional<FaultPoint> first(List<FaultPoint> faults, Direction direction) {
    return faults.stream().filter(fault -> fault.direction() == direction).findFirst();
  }

  @Override
  public boolean bidirectional() {
    return inner.bidirectional();
  }

  @Override
  public String peer() {
    return inner.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    if (writingEnded) {
      return; // swallowed: this side does not know that the direction ended
    }
    long before = writtenBytes;
    writtenBytes += pieces.bytes();
    if (written.isEmpty() || !hits(written.get(), before, pieces.bytes())) {
      inner.write(pieces);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      writeFaulty(written.get(), pieces, written.get().atByte() - before, arena);
    }
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    long room = length;
    if (read.isPresent() && readBytes < read.get().atByte()) {
      room = Math.min(length, read.get().atByte() - readBytes);
    } else if (read.isPresent() && readBytes == read.get().atByte()) {
      return readFaulty(read.get(), into, offset);
    }
    int n = inner.read(into, offset, room);
    readBytes += Math.max(0, n);
    return n;
  }

  @Override
  public void endOutput() throws TransportException {
    if (!writingEnded) {
      inner.endOutput();
    }
  }

  @Override
  public void abort(String why) {
    aborted = aborted.isEmpty() ? why : aborted;
    inner.abort(why);
  }

  @Override
  public void close() {
    aborted = aborted.isEmpty() ? "closed" : aborted;
    inner.close();
  }

  private static boolean hits(FaultPoint fault, long before, long bytes) {
    return before <= fault.atByte() && fault.atByte() < before + bytes;
  }

  private void writeFaulty(FaultPoint fault, GatherList pieces, long good, Arena arena)
      throws TransportException {
    if (good > 0) {
      inner.write(part(pieces, 0, good, arena));
    }
    stall.reached.countDown();
    GatherList rest = part(pieces, good, pieces.bytes() - good, arena);
    switch (fault.kind()) {
      case CUT -> throw cut("write to ");
      case STALL -> {
        awaitRelease("write to ");
        inner.write(rest);
      }
      case CORRUPT -> inner.write(inverted(rest, arena));
      case END -> {
        writingEnded = true;
        inner.endOutput();
      }
    }
  }

  private int readFaulty(FaultPoint fault, MemorySegment into, long offset)
      throws TransportException {
    stall.reached.countDown();
    switch (fault.kind()) {
      case CUT -> throw cut("read from ");
      case END -> {
        return -1;
      }
      case STALL -> awaitRelease("read from ");
      case CORRUPT -> {}
    }
    int n = inner.read(into, offset, 1);
    readBytes += Math.max(0, n);
    if (n == 1 && fault.kind() == Kind.CORRUPT) {
      into.set(ValueLayout.JAVA_BYTE, offset, (byte) ~into.get(ValueLayout.JAVA_BYTE, offset));
    }
    return n;
  }

  private TransportException cut(String doing) {
    inner.abort("cut by a test");
    return new TransportException(
        Reason.PEER_GONE, "The peer is gone: cannot " + doing + peer() + " (cut by a test)");
  }

  private void awaitRelease(String doing) throws TransportException {
    long left = stall.timeout.isZero() ? Long.MAX_VALUE : stall.timeout.toMillis();
    try {
      while (!stall.released.await(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
        if (!aborted.isEmpty()) {
          throw new TransportException(Reason.ABORTED, peer() + " was aborted: " + aborted);
        }
        left -= STEP_MILLIS;
        if (left <= 0) {
          throw new TransportException(Reason.TIMEOUT, "No progress: cannot " + doing + peer());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(Reason.ABORTED, "Interrupted: cannot " + doing + peer(), e);
    }
  }

  private static GatherList part(GatherList all, long skip, long bytes, Arena arena) {
    GatherList part = new GatherList(Math.max(1, all.count()), arena);
    long passed = skip;
    long left = bytes;
    for (int i = 0; i < all.count() && left > 0; i++) {
      long skipHere = Math.min(passed, all.lengthAt(i));
      long length = Math.min(left, all.lengthAt(i) - skipHere);
      if (length > 0) {
        part.add(all.sourceAt(i), all.offsetAt(i) + skipHere, length);
      }
      passed -= skipHere;
      left -= length;
    }
    return part;
  }

  private static GatherList inverted(GatherList rest, Arena arena) {
    MemorySegment copy = arena.allocate(rest.bytes());
    long at = 0;
    for (int i = 0; i < rest.count(); i++) {
      MemorySegment.copy(rest.sourceAt(i), rest.offsetAt(i), copy, at, rest.lengthAt(i));
      at += rest.lengthAt(i);
    }
    copy.set(ValueLayout.JAVA_BYTE, 0, (byte) ~copy.get(ValueLayout.JAVA_BYTE, 0));
    GatherList list = new GatherList(1, arena);
    list.add(copy, 0, copy.byteSize());
    return list;
  }
}
