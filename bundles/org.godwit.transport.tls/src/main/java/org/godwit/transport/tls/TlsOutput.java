package org.godwit.transport.tls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/**
 * The encrypting half. Pieces are gathered into full records, whatever their sizes: a header and a
 * page would otherwise cost a record each.
 *
 * <p>Under its lock, because the reading thread answers key updates here.
 */
final class TlsOutput {
  private static final int PLAIN = 16 * 1024;
  private static final int RECORDS = 16;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine engine;
  private final Channel wire;
  private final ReentrantLock lock = new ReentrantLock();
  private final byte[] plain = new byte[PLAIN];
  private final MemorySegment plainSegment = MemorySegment.ofArray(plain);
  private final MemorySegment sealed;
  private final ByteBuffer sealedBuffer;
  private final GatherList outgoing;
  private int filled;

  TlsOutput(SSLEngine engine, Channel wire) {
    this.engine = engine;
    this.wire = wire;
    Arena arena = Arena.ofAuto();
    this.sealed = arena.allocate((long) engine.getSession().getPacketBufferSize() * RECORDS);
    this.sealedBuffer = sealed.asByteBuffer();
    this.outgoing = new GatherList(1, arena);
  }

  /** Encrypts and writes all pieces. */
  void write(GatherList pieces) throws TransportException, SSLException {
    lock.lock();
    try {
      for (int i = 0; i < pieces.count(); i++) {
        append(pieces.sourceAt(i), pieces.offsetAt(i), pieces.lengthAt(i));
      }
      sealPlain();
      flush();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what the engine itself has to say: handshake messages, key updates, the end. */
  SSLEngineResult writeOwn() throws TransportException, SSLException {
    lock.lock();
    try {
      SSLEngineResult result = seal(NOTHING);
      flush();
      return result;
    } finally {
      lock.unlock();
    }
  }

  private void append(MemorySegment from, long offset, long length)
      throws TransportException, SSLException {
    long done = 0;
    while (done < length) {
      int n = (int) Math.min(length - done, PLAIN - filled);
      MemorySegment.copy(
          from,
          ValueLayout.JAVA_BYTE,
          offset + done,
          plainSegment,
          ValueLayout.JAVA_BYTE,
          filled,
          n);
      filled += n;
      done += n;
      if (filled == PLAIN) {
        sealPlain();
      }
    }
  }

  private void sealPlain() throws TransportException, SSLException {
    ByteBuffer record = ByteBuffer.wrap(plain, 0, filled);
    while (record.hasRemaining()) {
      SSLEngineResult result = seal(record);
      if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        throw new SSLException("the output was ended before");
      }
      if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
        throw new SSLException("the peer wants to negotiate again, which is not supported");
      }
    }
    filled = 0;
  }

  private SSLEngineResult seal(ByteBuffer record) throws TransportException, SSLException {
    if (sealedBuffer.remaining() < engine.getSession().getPacketBufferSize()) {
      flush();
    }
    return engine.wrap(record, sealedBuffer);
  }

  private void flush() throws TransportException {
    if (sealedBuffer.position() > 0) {
      outgoing.clear();
      outgoing.add(sealed, 0, sealedBuffer.position());
      sealedBuffer.clear();
      wire.write(outgoing);
    }
  }
}
