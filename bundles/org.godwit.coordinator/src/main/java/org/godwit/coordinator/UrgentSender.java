package org.godwit.coordinator;

import java.io.IOException;
import java.util.function.Consumer;
import org.godwit.api.savestate.StateException;

/**
 * Sends what was asked for over the preempt channel of one connection, on a thread of its own: a
 * main channel that is full does not hold it up, and a preempt channel that is full holds up
 * neither the main one nor the reader of the requests.
 */
final class UrgentSender implements Runnable {
  /** Sends all that was asked for. */
  @FunctionalInterface
  interface Delivery {
    void run() throws StateException, IOException;
  }

  private final Delivery delivery;
  private final Consumer<Throwable> failed;
  private final Thread thread;
  // guarded by this
  private boolean asked;
  private boolean ending;

  /**
   * Prepares it.
   *
   * @param name of the thread
   * @param delivery sends all that was asked for
   * @param failed hears why nothing can be sent any more
   */
  UrgentSender(String name, Delivery delivery, Consumer<Throwable> failed) {
    this.delivery = delivery;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  void start() {
    thread.start();
  }

  /** A page was asked for; any thread. */
  synchronized void asked() {
    asked = true;
    notifyAll();
  }

  @Override
  public void run() {
    try {
      while (awaitRequest()) {
        delivery.run();
      }
    } catch (StateException | IOException | InterruptedException | RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  /** False if it is to end and nothing is left to do. */
  private synchronized boolean awaitRequest() throws InterruptedException {
    while (!asked && !ending) {
      wait();
    }
    boolean more = asked;
    asked = false;
    return more;
  }

  /**
   * Returns when all that was asked for is handed to the channel, or the channel failed, and the
   * thread has ended. Takes as long as the channel does; an abort of it ends this too.
   */
  void end() {
    synchronized (this) {
      ending = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // memory and channel must not be released under it
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
