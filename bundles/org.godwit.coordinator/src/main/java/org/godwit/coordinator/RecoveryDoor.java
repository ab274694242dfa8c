package org.godwit.coordinator;

import java.util.Optional;
import org.godwit.api.transport.ChannelServer;

/**
 * Where a paused migration waits for its source to come back. Any thread opens it ({@code
 * migrate-recover}); the receiving thread waits at it.
 */
final class RecoveryDoor {
  // guarded by this
  private Optional<ChannelServer> waiting = Optional.empty();
  private Optional<ChannelServer> accepting = Optional.empty();
  private boolean shut;

  /** The source may come here; another place where it was awaited is given up. */
  synchronized void open(ChannelServer server) {
    closeAll();
    if (shut) {
      server.close();
      return;
    }
    waiting = Optional.of(server);
    notifyAll();
  }

  /** Nobody is awaited any more. */
  synchronized void shut() {
    shut = true;
    closeAll();
    notifyAll();
  }

  /**
   * Nobody is awaited at a place any more. Another one, which was opened in the meantime, stays:
   * the source may be on its way there.
   *
   * @param server which {@link #await} gave out
   */
  synchronized void release(ChannelServer server) {
    server.close();
    accepting = accepting.filter(other -> other != server);
  }

  private void closeAll() {
    accepting.ifPresent(ChannelServer::close);
    waiting.ifPresent(ChannelServer::close);
    accepting = Optional.empty();
    waiting = Optional.empty();
  }

  /** Waits for somebody to open; empty if the door was shut. */
  synchronized Optional<ChannelServer> await() {
    boolean interrupted = false;
    while (waiting.isEmpty() && !shut) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
        shut = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    accepting = waiting;
    waiting = Optional.empty();
    return accepting;
  }
}
