package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  @Test
  void shouldLeaveNobodyReadingABrokenChannel() {
    Broken channel = new Broken();
    ReadAhead ahead = new ReadAhead(channel);
    ahead.finish(1);
    assertFalse(channel.reading);
  }

  /** Cannot be ended in order; a read still fills its memory when the channel was aborted. */
  private static final class Broken implements Channel {
    private static final int WHILE = 100_000;
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch aborted = new CountDownLatch(1);
    // volatile: set by the reading thread, asked by the test
    private volatile boolean reading;

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      reading = true;
      entered.countDown();
      await(aborted);
      for (int i = 0; i < WHILE; i++) {
        into.fill((byte) i);
      }
      reading = false;
      throw new TransportException(Reason.ABORTED, "It was aborted.");
    }

    @Override
    public void endOutput() throws TransportException {
      await(entered);
      throw new TransportException(Reason.PEER_GONE, "The peer is gone.");
    }

    private static void await(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void abort(String why) {
      aborted.countDown();
    }

    @Override
    public boolean bidirectional() {
      return true;
    }

    @Override
    public String peer() {
      return "test";
    }

    @Override
    public void write(GatherList pieces) {
      throw new UnsupportedOperationException("Nobody writes.");
    }

    @Override
    public void close() {
      aborted.countDown();
    }
  }
}
