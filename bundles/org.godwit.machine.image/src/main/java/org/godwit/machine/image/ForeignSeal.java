package org.godwit.machine.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The seal of an image that another process received: it holds the lock until the digests are. */
final class ForeignSeal {
  private static final Duration STEP = Duration.ofMillis(100);

  private ForeignSeal() {}

  /** Waits until nobody holds the lock, or the time is up, or the thread is interrupted. */
  static void await(Path image, Duration patience) throws IOException {
    await(image, patience, () -> {});
  }

  /** The same; tells each time that somebody holds the lock. */
  static void await(Path image, Duration patience, Runnable held) throws IOException {
    long until = System.nanoTime() + patience.toNanos();
    try (FileChannel lock =
        FileChannel.open(image.resolve(ImageFiles.LOCK), StandardOpenOption.READ)) {
      while (isHeld(lock) && until - System.nanoTime() > 0) {
        held.run();
        Thread.sleep(STEP);
      }
    } catch (NoSuchFileException sealed) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isHeld(FileChannel channel) throws IOException {
    try (@Nullable FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true;
    }
  }
}
