package org.godwit.transport.tls;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.transport.descriptor.DescriptorChannel;

/**
 * A TLS session over a TCP connection. An end of the connection without TLS's own closing message
 * counts as the end of the direction: QEMU sends none, and the migration stream says itself whether
 * it is whole.
 *
 * <p>Threads: the connecting one for the handshake; then one writer, one reader, any for abort.
 */
final class TlsChannel implements Channel {
  private final DescriptorChannel wire;
  private final SSLEngine engine;
  private final TlsOutput output;
  private final TlsInput input;
  private final AtomicBoolean outputEnded = new AtomicBoolean();

  TlsChannel(DescriptorChannel wire, SSLEngine engine) {
    this.wire = wire;
    this.engine = engine;
    this.output = new TlsOutput(engine, wire);
    this.input = new TlsInput(engine, wire);
  }

  /** Proves both sides to each other, within a time in all; zero for none. */
  void handshake(Duration bound, Duration ioTimeout) throws TransportException {
    long end = System.nanoTime() + bound.toNanos();
    try {
      engine.beginHandshake();
      for (HandshakeStatus next = engine.getHandshakeStatus(); busy(next); next = step(next)) {
        wire.timeout(bound.isZero() ? bound : left(end));
      }
      wire.timeout(ioTimeout);
    } catch (SSLException e) {
      sayGoodbye();
      throw TlsFailures.of(peer(), e);
    }
  }

  @Override
  public boolean bidirectional() {
    return true;
  }

  @Override
  public String peer() {
    return wire.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    try {
      output.write(pieces);
    } catch (SSLException e) {
      throw TlsFailures.of(peer(), e);
    }
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    try {
      while (!input.hasPlain() && !input.ended()) {
        SSLEngineResult result = input.open();
        if (!input.ended()) {
          settle(result.getHandshakeStatus());
        }
      }
      return input.hasPlain() ? input.take(into, offset, length) : atEnd();
    } catch (SSLException e) {
      sayGoodbye();
      throw TlsFailures.of(peer(), e);
    }
  }

  @Override
  public void preferLatency() throws TransportException {
    wire.preferLatency();
  }

  @Override
  public void endOutput() throws TransportException {
    if (outputEnded.compareAndSet(false, true)) {
      try {
        engine.closeOutbound();
        output.writeOwn();
      } catch (SSLException e) {
        throw TlsFailures.of(peer(), e);
      }
      wire.endOutput();
    }
  }

  @Override
  public void abort(String why) {
    wire.abort(why);
  }

  /** No closing message is sent here: the stream has told its end, and writing could block. */
  @Override
  public void close() {
    wire.close();
  }

  /** A reader that found the end before is told of an abort all the same. */
  private int atEnd() throws TransportException {
    wire.requireNotAborted();
    return -1;
  }

  private static boolean busy(HandshakeStatus status) {
    return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
  }

  private HandshakeStatus step(HandshakeStatus now) throws TransportException, SSLException {
    return switch (now) {
      case NEED_WRAP -> output.writeOwn().getHandshakeStatus();
      case NEED_TASK -> runTasks();
      default -> {
        HandshakeStatus next = input.open().getHandshakeStatus();
        if (input.ended()) {
          throw TlsFailures.peerLeft(peer());
        }
        yield next;
      }
    };
  }

  /** What a record after the handshake asks for: an answer to a key update, a computation. */
  private void settle(HandshakeStatus asked) throws TransportException, SSLException {
    HandshakeStatus next = asked;
    while (next == HandshakeStatus.NEED_WRAP || next == HandshakeStatus.NEED_TASK) {
      next = step(next);
    }
  }

  private HandshakeStatus runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    return engine.getHandshakeStatus();
  }

  /** Lets the peer know by an alert why it is left; the failure itself is told by the caller. */
  private void sayGoodbye() {
    try {
      engine.closeOutbound();
      output.writeOwn();
    } catch (SSLException | TransportException unreachable) {
      return; // then the peer finds out by the broken connection
    }
  }
}
