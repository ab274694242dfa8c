package org.godwit.machine.image;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Images that are being received or sealed here. Thread-safe. */
final class SealingTable {
  private final Map<Path, Sealing> running = new ConcurrentHashMap<>();
  private final Set<Path> receiving = ConcurrentHashMap.newKeySet();

  /** The directories that are being written; who adds one removes it. Thread-safe. */
  Set<Path> receiving() {
    return receiving;
  }

  /** Begins to seal an image and remembers it until the end. */
  void start(Path image, Manifest manifest, Runnable ended) {
    // inside compute, so that the end cannot come before the entry
    Sealing _ =
        running.compute(
            image, (key, old) -> Sealing.start(image, manifest, seal -> end(key, seal, ended)));
  }

  /** Waits until an image is sealed, if that is happening here. */
  void await(Path image) {
    Sealing sealing = running.get(image.toAbsolutePath().normalize());
    if (sealing != null) {
      sealing.await();
    }
  }

  /**
   * Waits until nothing is being sealed.
   *
   * @return false if something still is when the time is up
   */
  boolean awaitAll(Duration patience) {
    long until = System.nanoTime() + patience.toNanos();
    return running.values().stream().allMatch(seal -> seal.await(until - System.nanoTime()));
  }

  private void end(Path image, Sealing sealing, Runnable ended) {
    ended.run();
    boolean _ = running.remove(image, sealing); // not a later one of the same directory
  }
}
