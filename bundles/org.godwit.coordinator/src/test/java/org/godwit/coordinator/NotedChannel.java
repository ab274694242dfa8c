package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/** A connection over which nothing ever comes, and which notes what is done with it. */
final class NotedChannel implements Channel {
  final List<String> calls = new CopyOnWriteArrayList<>();
  final CountDownLatch read = new CountDownLatch(1);
  private final String peer;
  private final CountDownLatch broken = new CountDownLatch(1);

  NotedChannel(String peer) {
    this.peer = peer;
  }

  @Override
  public boolean bidirectional() {
    return true;
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public void write(GatherList pieces) {
    calls.add("write");
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    read.countDown();
    try {
      broken.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new TransportException(TransportException.Reason.ABORTED, "The link is broken.");
  }

  @Override
  public void endOutput() {
    calls.add("endOutput");
  }

  @Override
  public void abort(String why) {
    calls.add("abort " + why);
    broken.countDown();
  }

  @Override
  public void close() {
    calls.add("close");
    broken.countDown();
  }
}
