package org.godwit.transport.tls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/** The decrypting half. Used by one thread: the handshaking one, then the reading one. */
final class TlsInput {
  private static final int RECORDS = 4;

  private final SSLEngine engine;
  private final Channel wire;
  private final MemorySegment sealed;
  private final ByteBuffer sealedBuffer;
  private final ByteBuffer plain;
  private boolean ended;

  TlsInput(SSLEngine engine, Channel wire) {
    this.engine = engine;
    this.wire = wire;
    int packet = engine.getSession().getPacketBufferSize();
    this.sealed = Arena.ofAuto().allocate((long) packet * RECORDS);
    this.sealedBuffer = sealed.asByteBuffer().limit(0); // what was received and not yet opened
    this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
  }

  /** Bytes that can be taken without reading. */
  boolean hasPlain() {
    return plain.hasRemaining();
  }

  /** Whether the peer ended its direction, with or without saying so. */
  boolean ended() {
    return ended;
  }

  /** Takes decrypted bytes; there must be some. */
  int take(MemorySegment into, long offset, long length) {
    int n = (int) Math.min(length, plain.remaining());
    MemorySegment.copy(
        plain.array(), plain.position(), into, java.lang.foreign.ValueLayout.JAVA_BYTE, offset, n);
    plain.position(plain.position() + n);
    return n;
  }

  /** Opens one record, reading from the wire where it is not complete yet. */
  SSLEngineResult open() throws TransportException, SSLException {
    while (true) {
      SSLEngineResult result = unwrap();
      switch (result.getStatus()) {
        case BUFFER_UNDERFLOW -> {
          if (!receive()) {
            ended = true;
            return result;
          }
        }
        case CLOSED -> {
          ended = true;
          return result;
        }
        case BUFFER_OVERFLOW -> throw new SSLException("a record is larger than TLS allows");
        case OK -> {
          return result;
        }
      }
    }
  }

  private SSLEngineResult unwrap() throws SSLException {
    plain.clear();
    try {
      return engine.unwrap(sealedBuffer, plain);
    } finally {
      plain.flip();
    }
  }

  private boolean receive() throws TransportException {
    sealedBuffer.compact();
    int filled = sealedBuffer.position();
    int n = 0;
    try {
      n = wire.read(sealed, filled, sealedBuffer.remaining());
      return n > 0;
    } finally {
      // also after a timeout: what has arrived of a record stays, and reading may go on
      sealedBuffer.position(filled + Math.max(0, n)).flip();
    }
  }
}
