package org.godwit.transport.tls;

import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.DescriptorServer;
import org.godwit.transport.descriptor.OpenEnds;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections and proves their peers before handing them out. A peer that is silent or has
 * no good certificate costs a thread for the time of the handshake, and never keeps others waiting.
 *
 * <p>Threads: one accepts connections, one for each handshake; any may accept and close.
 */
final class TlsServer implements ChannelServer, OpenEnds.End {
  private static final Logger LOG = LoggerFactory.getLogger(TlsServer.class);
  private static final int HANDSHAKES = 32;

  private final DescriptorServer wire;
  private final Supplier<SSLEngine> engines;
  private final TransportOptions options;
  private final OpenEnds owner;
  private final OpenEnds pending = new OpenEnds();
  private final Semaphore handshakes = new Semaphore(HANDSHAKES);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<TlsChannel> ready = new ArrayDeque<>();
  // volatile: set by the owner, used by the threads of the handshakes
  private volatile Consumer<TransportException> refused = TlsServer::log;
  private boolean closed;

  TlsServer(
      DescriptorServer wire,
      Supplier<SSLEngine> engines,
      TransportOptions options,
      OpenEnds owner) {
    this.wire = wire;
    this.engines = engines;
    this.options = options;
    this.owner = owner;
  }

  /** Begins to accept connections. */
  void start() {
    owner.add(this);
    Thread.ofPlatform().daemon().name("godwit-" + wire.local()).start(this::acceptAll);
  }

  @Override
  public Endpoint local() {
    return wire.local();
  }

  @Override
  public Channel accept() throws TransportException {
    lock.lock();
    try {
      while (ready.isEmpty() && !closed) {
        arrived.await();
      }
      if (closed) {
        throw new TransportException(Reason.ABORTED, "Listening on " + local() + " was ended");
      }
      return ready.remove();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(Reason.ABORTED, "Interrupted: listening on " + local(), e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onRefused(Consumer<TransportException> listener) {
    refused = listener;
  }

  @Override
  public void abort(String why) {
    close();
  }

  @Override
  public void close() {
    ArrayDeque<TlsChannel> left = new ArrayDeque<>();
    lock.lock();
    try {
      closed = true;
      left.addAll(ready);
      ready.clear();
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    owner.remove(this);
    wire.close();
    pending.abortAll("listening on " + local() + " was ended");
    left.forEach(TlsChannel::close);
  }

  private void acceptAll() {
    try {
      while (true) {
        handshakes.acquireUninterruptibly();
        DescriptorChannel connection = (DescriptorChannel) wire.accept();
        Thread.ofPlatform()
            .daemon()
            .name("godwit-handshake-" + connection.peer())
            .start(() -> welcome(connection));
      }
    } catch (TransportException e) {
      if (e.reason() != Reason.ABORTED) {
        LOG.error("Listening on {} ends", local(), e);
      }
      close();
    }
  }

  private void welcome(DescriptorChannel connection) {
    pending.add(connection);
    try {
      TlsChannel channel = new TlsChannel(connection, engines.get());
      channel.handshake(options.connectTimeout(), options.ioTimeout());
      pending.remove(connection);
      if (!offer(channel)) {
        channel.close();
      }
    } catch (TransportException e) {
      pending.remove(connection);
      connection.close();
      if (e.reason() != Reason.ABORTED) {
        refused.accept(e);
      }
    } catch (RuntimeException bug) {
      pending.remove(connection);
      connection.close();
      LOG.error("The handshake with {} failed", connection.peer(), bug);
      refused.accept(
          new TransportException(
              Reason.SECURITY, "The handshake with " + connection.peer() + " failed: " + bug, bug));
    } finally {
      handshakes.release();
    }
  }

  private static void log(TransportException e) {
    LOG.warn("Turned a peer away: {}", e.getMessage());
  }

  private boolean offer(TlsChannel channel) {
    lock.lock();
    try {
      if (!closed) {
        ready.add(channel);
        arrived.signal();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }
}
