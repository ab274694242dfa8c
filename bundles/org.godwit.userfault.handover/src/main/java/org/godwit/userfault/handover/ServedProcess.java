package org.godwit.userfault.handover;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.FaultHandover.Statistics;
import org.godwit.api.userfault.UserfaultException;
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

  private final Reception reception;
  private final PageSource source;
  private final Pace pace;
  private final Consumer<ServedProcess> onClose;
  private final CompletableFuture<Long> arrived = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread thread;
  private final Object lock = new Object();

  // Under the lock:
  private @Nullable Arrival arrival;
  private @Nullable PageService service;
  private boolean closed;

  ServedProcess(
      Reception reception, PageSource source, Pace pace, Consumer<ServedProcess> onClose) {
    this.reception = reception;
    this.source = source;
    this.pace = pace;
    this.onClose = onClose;
    this.thread = Thread.ofPlatform().daemon().name("godwit-handover").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whatever ends the thread, also want of memory or threads: who waits for the end is told. */
  private void run() {
    try (source) {
      serve(receive());
      ended.complete(null);
    } catch (UserfaultException | RuntimeException | Error e) {
      arrived.completeExceptionally(e);
      ended.completeExceptionally(e);
    }
  }

  private Arrival receive() throws UserfaultException {
    try {
      return reception.await(Duration.ZERO, Reception.PATIENCE, source.size());
    } catch (UserfaultException e) {
      LOG.warn("Nothing was handed over", e);
      throw e;
    }
  }

  /**
   * Closes the descriptor at the end, unless pages are missing that cannot be had: where the
   * process keeps none of its own, closing would fill them with zeros. It then stays open until the
   * process ends.
   */
  private void serve(Arrival from) throws UserfaultException {
    try (PageService running = new PageService(from.uffd(), from.table(), source, pace)) {
      begin(from, running);
      running.run();
      from.uffd().close();
    } catch (UserfaultException | RuntimeException | Error e) {
      LOG.error("Process {} stands still at its next missing page", from.process(), e);
      whenGone(from, from.uffd()::close);
      throw e;
    }
  }

  private void begin(Arrival from, PageService begun) {
    whenGone(from, begun::stop);
    LOG.info("Process {} handed its faults over: {}", from.process(), from.table());
    synchronized (lock) {
      arrival = from;
      service = begun;
      if (closed) {
        begun.fill();
      }
    }
    arrived.complete(from.process());
  }

  /** Does nothing if the process is this one. */
  private static void whenGone(Arrival from, Runnable action) {
    var process = ProcessHandle.of(from.process());
    if (process.isEmpty()) {
      action.run();
    } else if (!process.get().equals(ProcessHandle.current())) {
      var _ = process.get().onExit().thenRun(action);
    }
  }

  @Override
  public Statistics statistics() {
    synchronized (lock) {
      Arrival from = arrival;
      PageService running = service;
      return from == null || running == null
          ? new Statistics(OptionalLong.empty(), 0, 0, 0, 0, 0, 0)
          : new Statistics(
              OptionalLong.of(from.process()),
              running.bytes(),
              running.placedBytes(),
              running.faults(),
              running.pages(),
              running.zeroPages(),
              running.removedBytes());
    }
  }

  @Override
  public CompletionStage<Long> arrived() {
    return arrived.minimalCompletionStage();
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

  /** Begins what {@link #close()} waits for. */
  void leave() {
    synchronized (lock) {
      closed = true;
      fill();
    }
    reception.close();
  }

  @Override
  public void close() {
    leave();
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
