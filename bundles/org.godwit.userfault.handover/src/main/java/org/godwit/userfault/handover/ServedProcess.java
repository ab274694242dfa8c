package org.godwit.userfault.handover;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.FaultHandover.Statistics;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.StreamSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process from the moment that it is waited for.
 *
 * <p>Threads: its own platform thread accepts, receives and serves; everything else from anywhere.
 */
final class ServedProcess implements Served {
  private static final Logger LOG = LoggerFactory.getLogger(ServedProcess.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ListeningSocket listening;
  private final MemoryFile file;
  private final Consumer<ServedProcess> onClose;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread thread;
  private final Object lock = new Object();

  // Under the lock:
  private @Nullable Arrival arrival;
  private @Nullable PageService service;
  private boolean closed;

  ServedProcess(ListeningSocket listening, MemoryFile file, Consumer<ServedProcess> onClose) {
    this.listening = listening;
    this.file = file;
    this.onClose = onClose;
    this.thread = Thread.ofPlatform().daemon().name("godwit-handover").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    PageService running;
    try {
      running = begin(receive());
    } catch (UserfaultException e) {
      LOG.warn("Nothing was handed over", e);
      file.close();
      ended.completeExceptionally(e);
      return;
    }
    serve(running);
  }

  /**
   * Closes the descriptor at the end, unless pages are missing that cannot be read: where the
   * process keeps none of its own, closing would fill them with zeros. It then stays open until the
   * process ends.
   */
  private void serve(PageService running) {
    Arrival arrived = arrived();
    try {
      running.run();
      arrived.uffd().close();
      ended.complete(null);
    } catch (UserfaultException | RuntimeException e) {
      LOG.error("Process {} stands still at its next missing page", arrived.process(), e);
      whenGone(arrived, arrived.uffd()::close);
      ended.completeExceptionally(e);
    } finally {
      file.close();
    }
  }

  private Arrival receive() throws UserfaultException {
    try (StreamSocket connection = listening.accept()) {
      listening.close();
      connection.descriptor().timeout(PATIENCE);
      return Arrival.receive(connection, file.size());
    } catch (LinuxException e) {
      throw new UserfaultException("No process came: " + e.getMessage(), e);
    } finally {
      listening.close();
    }
  }

  private PageService begin(Arrival arrived) {
    PageService begun = new PageService(arrived.uffd(), arrived.table(), file);
    whenGone(arrived, begun::stop);
    LOG.info("Process {} handed its faults over: {}", arrived.process(), arrived.table());
    synchronized (lock) {
      arrival = arrived;
      service = begun;
      if (closed) {
        begun.fill();
      }
    }
    return begun;
  }

  private static void whenGone(Arrival arrived, Runnable action) {
    var process = ProcessHandle.of(arrived.process());
    if (process.isEmpty()) {
      action.run();
    } else {
      var _ = process.get().onExit().thenRun(action);
    }
  }

  private Arrival arrived() {
    synchronized (lock) {
      return java.util.Objects.requireNonNull(arrival);
    }
  }

  @Override
  public Statistics statistics() {
    synchronized (lock) {
      Arrival arrived = arrival;
      PageService running = service;
      return arrived == null || running == null
          ? new Statistics(OptionalLong.empty(), 0, 0, 0, 0)
          : new Statistics(
              OptionalLong.of(arrived.process()),
              running.faults(),
              running.pages(),
              running.zeroPages(),
              running.removedBytes());
    }
  }

  @Override
  public CompletionStage<Void> ended() {
    return ended.minimalCompletionStage();
  }

  @Override
  public void fill() {
    synchronized (lock) {
      if (service != null) {
        service.fill();
      }
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      fill();
    }
    listening.close();
    boolean interrupted = false;
    while (thread != Thread.currentThread() && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    onClose.accept(this);
  }
}
