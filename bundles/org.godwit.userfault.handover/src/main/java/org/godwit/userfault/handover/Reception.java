package org.godwit.userfault.handover;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.StreamSocket;
import org.jspecify.annotations.Nullable;

/**
 * Waits at a socket for one process and for what it hands over.
 *
 * <p>Threads: one waits; {@link #close()} from any other ends it wherever it stands.
 */
final class Reception implements AutoCloseable {
  /** For everything that a process sends once it has connected. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Optional<ListeningSocket> listening;
  private final Object lock = new Object();

  // Under the lock:
  private @Nullable StreamSocket connection;
  private boolean closed;

  private Reception(Optional<ListeningSocket> listening, @Nullable StreamSocket connection) {
    this.listening = listening;
    this.connection = connection;
  }

  /** Of the first process that connects; the listener becomes the reception's own. */
  static Reception at(ListeningSocket listening) {
    return new Reception(Optional.of(listening), null);
  }

  /** Of a process that has connected; the connection becomes the reception's own. */
  static Reception of(StreamSocket connection) {
    return new Reception(Optional.empty(), connection);
  }

  /**
   * Waits for the process; afterwards the socket is gone.
   *
   * @param forProcess how long to wait until one connects; zero for no bound
   * @param forTable how long it may take to send everything
   * @param fileSize bytes of the file that its regions lie in
   */
  Arrival await(Duration forProcess, Duration forTable, long fileSize) throws UserfaultException {
    try (StreamSocket accepted = accept(forProcess)) {
      return Arrival.receive(accepted, forTable, fileSize);
    } finally {
      close();
    }
  }

  private StreamSocket accept(Duration patience) throws UserfaultException {
    if (listening.isEmpty()) {
      synchronized (lock) {
        return Objects.requireNonNull(connection);
      }
    }
    try {
      listening.get().descriptor().timeout(patience);
      StreamSocket accepted = listening.get().accept();
      listening.get().close();
      synchronized (lock) {
        connection = accepted;
        if (closed) {
          accepted.descriptor().abort();
        }
      }
      return accepted;
    } catch (LinuxException e) {
      throw new UserfaultException("No process came: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      if (connection != null) {
        connection.descriptor().abort();
      }
    }
    listening.ifPresent(ListeningSocket::close);
  }
}
