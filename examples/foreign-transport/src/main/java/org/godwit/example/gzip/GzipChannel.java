package org.godwit.example.gzip;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * What reading and writing have in common: one direction, a way out from any thread, one close. A
 * file does not keep anybody waiting, so there is nothing to interrupt and no timeout to keep.
 */
abstract class GzipChannel implements Channel {
  /** Bytes that are handed to the compressor at a time; a heap array, as its streams want it. */
  static final int CHUNK = 64 * 1024;

  private final Path path;
  private final Closeable stream;
  private final Consumer<Channel> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Set by any thread, read before each operation. */
  private volatile String aborted = "";

  GzipChannel(Path path, Closeable stream, Consumer<Channel> onClose) {
    this.path = path;
    this.stream = stream;
    this.onClose = onClose;
  }

  @Override
  public boolean bidirectional() {
    return false;
  }

  @Override
  public String peer() {
    return "gzip:" + path;
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    throw new TransportException(Reason.BAD_ADDRESS, peer() + " was opened for reading");
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    throw new TransportException(Reason.BAD_ADDRESS, peer() + " was opened for writing");
  }

  @Override
  public void endOutput() throws TransportException {
    requireOpen();
  }

  @Override
  public void abort(String why) {
    if (!closed.get() && aborted.isEmpty()) {
      aborted = why;
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.accept(this);
      try {
        stream.close();
      } catch (IOException e) {
        // whoever wanted the file whole called endOutput() and got this error there
        aborted = "it could not be closed: " + e.getMessage();
      }
    }
  }

  final void requireOpen() throws TransportException {
    if (!aborted.isEmpty()) {
      throw new TransportException(Reason.ABORTED, peer() + " was aborted: " + aborted);
    }
    if (closed.get()) {
      throw new TransportException(Reason.ABORTED, peer() + " was closed");
    }
  }

  final TransportException failed(String doing, IOException e) {
    return new TransportException(Reason.ENVIRONMENT, "Cannot " + doing + " " + peer(), e);
  }
}
