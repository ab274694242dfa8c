package org.godwit.userfault.handover;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.godwit.api.userfault.FaultHandover.Offer;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxAbortedException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.StreamSocket;

/**
 * Lets processes in, each of which is served by a thread of its own.
 *
 * <p>Threads: its own platform thread accepts; everything else from anywhere.
 */
final class Door implements Offer {
  /** Connections that the kernel keeps until they are let in. */
  static final int BACKLOG = 16;

  /** Each takes a handful of descriptors and a thread. */
  private static final int MOST = 128;

  private final ListeningSocket listening;
  private final MemoryFile file;
  private final Pace pace;
  private final Consumer<Served> came;
  private final Consumer<Door> onClose;
  private final CompletableFuture<Void> shut = new CompletableFuture<>();
  private final Thread thread;
  private final Object lock = new Object();

  // Under the lock:
  private final Set<ServedProcess> inside = new HashSet<>();
  private boolean closed;

  /** Listener and file become the door's own. */
  Door(
      ListeningSocket listening,
      MemoryFile file,
      Pace pace,
      Consumer<Served> came,
      Consumer<Door> onClose) {
    this.listening = listening;
    this.file = file;
    this.pace = pace;
    this.came = came;
    this.onClose = onClose;
    this.thread = Thread.ofPlatform().daemon().name("godwit-handover-door").unstarted(this::run);
  }

  void open() {
    thread.start();
  }

  private void run() {
    try (file;
        listening) {
      while (awaitRoom()) {
        admit(listening.accept());
      }
      shut.complete(null);
    } catch (LinuxAbortedException closedMeanwhile) {
      shut.complete(null);
    } catch (LinuxException e) {
      String message = "No more processes are let in: " + e.getMessage();
      shut.completeExceptionally(new UserfaultException(message, e));
    } catch (InterruptedException | RuntimeException | Error e) {
      shut.completeExceptionally(e);
    }
  }

  /** Waits while the house is full; false once it is closed. */
  private boolean awaitRoom() throws InterruptedException {
    synchronized (lock) {
      while (!closed && inside.size() >= MOST) {
        lock.wait();
      }
      return !closed;
    }
  }

  private void admit(StreamSocket connection) {
    ServedProcess process =
        new ServedProcess(Reception.of(connection), file.share(), pace, this::forget);
    synchronized (lock) {
      inside.add(process);
      if (closed) {
        process.leave();
      }
    }
    var _ = process.ended().whenComplete((_, _) -> forget(process));
    came.accept(process);
    process.start();
  }

  private void forget(ServedProcess process) {
    synchronized (lock) {
      inside.remove(process);
      lock.notifyAll();
    }
  }

  @Override
  public CompletionStage<Void> shut() {
    return shut.minimalCompletionStage();
  }

  @Override
  public void close() {
    List<ServedProcess> left;
    synchronized (lock) {
      closed = true;
      left = List.copyOf(inside);
      lock.notifyAll();
    }
    listening.close();
    left.forEach(ServedProcess::leave);
    left.forEach(ServedProcess::close);
    onClose.accept(this);
  }
}
