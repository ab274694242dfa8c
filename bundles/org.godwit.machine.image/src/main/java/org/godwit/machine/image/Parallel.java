package org.godwit.machine.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs work on files with two threads that live as long as the call. */
final class Parallel {
  private static final int THREADS = 2;

  private Parallel() {}

  /** Results in the order of the tasks; the first failure is thrown and ends the others. */
  static <T> List<T> run(List<? extends Callable<? extends T>> tasks) throws IOException {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().daemon().name("image-digest-", 0).factory())) {
      List<Future<? extends T>> running = new ArrayList<>();
      tasks.forEach(task -> running.add(threads.submit(task)));
      try {
        return collect(running);
      } catch (IOException | RuntimeException e) {
        List<Runnable> _ = threads.shutdownNow();
        throw e;
      }
    }
  }

  private static <T> List<T> collect(List<Future<? extends T>> running) throws IOException {
    List<T> results = new ArrayList<>();
    for (Future<? extends T> future : running) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException reason) {
          throw reason;
        }
        throw new IOException("A file cannot be read: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("The work on the image was interrupted", e);
      }
    }
    return results;
  }
}
