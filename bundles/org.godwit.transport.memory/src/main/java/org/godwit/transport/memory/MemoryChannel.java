package org.godwit.transport.memory;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/** One end of a connection within the process. Threads: one writer, one reader, any for abort. */
final class MemoryChannel implements Channel {
  private final String peer;
  private final Ring output;
  private final Ring input;
  private final Duration timeout;
  private final Consumer<MemoryChannel> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  MemoryChannel(
      String peer, Ring output, Ring input, Duration timeout, Consumer<MemoryChannel> onClose) {
    this.peer = peer;
    this.output = output;
    this.input = input;
    this.timeout = timeout;
    this.onClose = onClose;
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
  public void write(GatherList pieces) throws TransportException {
    for (int i = 0; i < pieces.count(); i++) {
      output.write(pieces.sourceAt(i), pieces.offsetAt(i), pieces.lengthAt(i), timeout);
    }
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    return input.read(into, offset, length, timeout);
  }

  @Override
  public void endOutput() throws TransportException {
    output.end();
  }

  @Override
  public void abort(String why) {
    if (!closed.get()) {
      output.abortAsWriter(why);
      input.abortAsReader(why);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      output.closeAsWriter();
      input.closeAsReader();
      onClose.accept(this);
    }
  }
}
