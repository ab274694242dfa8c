package org.godwit.machine.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.godwit.api.machine.FirstPages.Lesson;
import org.godwit.api.machine.FirstPages.Restore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first pages of an image, in a file beside it that is replaced as a whole: a restore that
 * reads it sees all of an earlier one or nothing. The image itself never changes by it, and is
 * undamaged without it. Thread-safe, also between processes.
 */
final class LearnedPages {
  private static final Logger LOG = LoggerFactory.getLogger(LearnedPages.class);

  private final Path directory;
  private final Manifest manifest;
  // guarded by this
  private Optional<Lesson> lesson = Optional.empty();

  LearnedPages(Path directory, Manifest manifest) {
    this.directory = directory;
    this.manifest = manifest;
  }

  /** Known pages; a file that is damaged or belongs to another image counts as none. */
  Map<String, BitSet> known() {
    return read().pages();
  }

  private LearnedFile read() {
    Path file = directory.resolve(ImageFiles.FIRST_PAGES);
    try {
      return LearnedFile.parse(Files.readAllBytes(bounded(file)), manifest);
    } catch (NoSuchFileException e) {
      return LearnedFile.NONE;
    } catch (IOException e) {
      LOG.warn("{} is not used: {}", file, e.getMessage());
      return LearnedFile.NONE;
    }
  }

  private Path bounded(Path file) throws IOException {
    long size = Files.size(file);
    if (size > LearnedFile.most(manifest)) {
      throw new IOException(size + " bytes are more than it can have");
    }
    return file;
  }

  /** Merges what a restore showed into the file. */
  void learn(Restore restore) {
    Optional<String> obstacle = Optional.empty();
    LearnedFile known;
    try {
      known = merge(restore);
    } catch (IOException | RuntimeException e) {
      obstacle = Optional.of("%s cannot be written: %s".formatted(ImageFiles.FIRST_PAGES, e));
      LOG.info("Image {} learns nothing: {}", directory, obstacle.get());
      known = read().with(restore);
    }
    Lesson next =
        new Lesson(
            known.restores(),
            restore.prefetched(),
            restore.requests(),
            known.firstRequests(),
            obstacle);
    synchronized (this) {
      lesson = Optional.of(next);
    }
  }

  private LearnedFile merge(Restore restore) throws IOException {
    // a file lock belongs to the process: its threads need this one
    synchronized (LearnedPages.class) {
      try (FileChannel lock =
              FileChannel.open(
                  directory.resolve(ImageFiles.FIRST_PAGES_LOCK),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock _ = lock.lock()) {
        LearnedFile merged = read().with(restore);
        replace(merged.bytes(manifest));
        return merged;
      }
    }
  }

  private void replace(byte[] content) throws IOException {
    Path fresh = Files.createTempFile(directory, ImageFiles.FIRST_PAGES, ".new");
    try {
      Files.write(fresh, content);
      ImageFiles.sync(fresh);
      Path _ =
          Files.move(
              fresh,
              directory.resolve(ImageFiles.FIRST_PAGES),
              StandardCopyOption.ATOMIC_MOVE,
              StandardCopyOption.REPLACE_EXISTING);
    } finally {
      boolean _ = Files.deleteIfExists(fresh);
    }
  }

  synchronized Optional<Lesson> lesson() {
    return lesson;
  }

  /** Union of two sets of pages; both stay as they are. */
  static Map<String, BitSet> union(Map<String, BitSet> one, Map<String, BitSet> other) {
    Map<String, BitSet> all = new HashMap<>();
    one.forEach((name, pages) -> all.put(name, (BitSet) pages.clone()));
    other.forEach((name, pages) -> all.computeIfAbsent(name, n -> new BitSet()).or(pages));
    return all;
  }
}
