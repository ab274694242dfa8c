package org.godwit.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;

/**
 * Connections in the order in which they were made, for several threads that wait for one each: a
 * migration with a preempt channel expects two. A thread of its own accepts.
 */
final class PeerQueue implements ChannelServer {
  /** More connections than any source makes before the first is looked at. */
  private static final int MOST = 8;

  private final ChannelServer server;
  private final Thread thread;
  // all guarded by this
  private final Deque<Channel> waiting = new ArrayDeque<>();
  private Optional<TransportException> end = Optional.empty();
  private boolean started;
  private boolean closed;

  /**
   * Nobody has come yet.
   *
   * @param server accepts; closed with this
   * @param name of the migration, for the thread
   */
  PeerQueue(ChannelServer server, String name) {
    this.server = server;
    this.thread = Thread.ofPlatform().name("godwit-accept-" + name).daemon().unstarted(this::run);
  }

  private void run() {
    try {
      while (admit(server.accept())) {
        // until it is closed
      }
    } catch (TransportException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      end(
          new TransportException(
              TransportException.Reason.ENVIRONMENT, "No connection can be accepted.", e));
    }
  }

  private synchronized boolean admit(Channel channel) {
    if (closed || waiting.size() == MOST) {
      channel.abort("Nobody waits for this connection.");
      channel.close();
      return !closed;
    }
    waiting.addLast(channel);
    notifyAll();
    return true;
  }

  private synchronized void end(TransportException why) {
    end = Optional.of(why);
    notifyAll();
  }

  @Override
  public Endpoint local() {
    return server.local();
  }

  @Override
  public Channel accept() throws TransportException {
    return next(() -> false)
        .orElseThrow(
            () -> new TransportException(TransportException.Reason.ABORTED, "Not waited for."));
  }

  /**
   * Waits for the next connection.
   *
   * @param givenUp asked after each {@link #wake()}; true ends the wait
   * @return the connection, which the caller closes; empty if it was given up
   */
  synchronized Optional<Channel> next(BooleanSupplier givenUp) throws TransportException {
    if (!started) {
      started = true;
      thread.start();
    }
    try {
      while (waiting.isEmpty() && end.isEmpty() && !givenUp.getAsBoolean()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransportException(
          TransportException.Reason.ABORTED, "Waiting for a connection was interrupted.", e);
    }
    if (givenUp.getAsBoolean()) {
      return Optional.empty();
    }
    if (waiting.isEmpty()) {
      throw end.orElseThrow();
    }
    return Optional.of(waiting.removeFirst());
  }

  /** Lets whoever waits look again. */
  synchronized void wake() {
    notifyAll();
  }

  @Override
  public void close() {
    server.close();
    synchronized (this) {
      closed = true;
      waiting.forEach(Channel::close);
      waiting.clear();
      if (end.isEmpty()) {
        end =
            Optional.of(
                new TransportException(
                    TransportException.Reason.ABORTED, "Connections are not accepted any more."));
      }
      notifyAll();
    }
  }
}
