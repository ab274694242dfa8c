package org.godwit.tck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Descriptors and threads of this process at one moment, to find what a piece of code leaves
 * behind.
 *
 * <p>Let the code run once before the first snapshot: classes, seeds and caches open things for
 * good.
 *
 * @param descriptors number and target of each open descriptor
 * @param threads names of the live platform threads, with their ids
 */
public record ProcessResources(Map<String, String> descriptors, Set<String> threads) {
  private static final int TRIES = 500;
  private static final Set<String> FOREIGN =
      Set.of("process reaper", "Common-Cleaner", "Cleaner-", "ForkJoinPool", "junit", "surefire");

  /**
   * Looks at this process.
   *
   * @return what is open and alive
   */
  public static ProcessResources now() {
    return new ProcessResources(openDescriptors(), liveThreads());
  }

  /**
   * Waits (threads end on their own time) until nothing is left that was not there before.
   *
   * @throws AssertionError naming what is left after some seconds
   */
  public void assertNothingNew() {
    String left = "";
    for (int i = 0; i < TRIES; i++) {
      left = added(now());
      if (left.isEmpty()) {
        return;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("Left behind: " + left);
  }

  private String added(ProcessResources later) {
    Map<String, String> newDescriptors = new TreeMap<>(later.descriptors);
    newDescriptors.entrySet().removeAll(descriptors.entrySet());
    Set<String> newThreads = new TreeSet<>(later.threads);
    newThreads.removeAll(threads);
    return newDescriptors.isEmpty() && newThreads.isEmpty()
        ? ""
        : "descriptors " + newDescriptors + ", threads " + newThreads;
  }

  private static Map<String, String> openDescriptors() {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all.toList()) {
        describe(descriptor, found);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static void describe(Path descriptor, Map<String, String> found) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      if (!target.startsWith("/proc/") && !target.endsWith(".jar")) {
        found.put(descriptor.getFileName().toString(), target);
      }
    } catch (IOException closedMeanwhile) {
      return;
    }
  }

  private static Set<String> liveThreads() {
    Set<String> found = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (FOREIGN.stream().noneMatch(thread.getName()::contains)) {
        found.add(thread.getName() + "#" + thread.threadId());
      }
    }
    return found;
  }
}
