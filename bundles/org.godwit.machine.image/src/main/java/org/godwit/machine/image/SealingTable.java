package org.godwit.machine.image;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Images that are being sealed here. Thread-safe. */
final class SealingTable {
  private final Map<Path, Sealing> running = new ConcurrentHashMap<>();

  /** Begins to seal an image and remembers it until the end. */
  void start(Path image, Manifest manifest, Runnable ended) {
    // inside compute, so that the end cannot come before the entry
    Sealing _ =
        running.compute(image, (key, old) -> Sealing.start(image, manifest, () -> end(key, ended)));
  }

  /** Waits until an image is sealed, if that is happening here. */
  void await(Path image) {
    Sealing sealing = running.get(image.toAbsolutePath().normalize());
    if (sealing != null) {
      sealing.await();
    }
  }

  private void end(Path image, Runnable ended) {
    ended.run();
    Sealing _ = running.remove(image);
  }
}
