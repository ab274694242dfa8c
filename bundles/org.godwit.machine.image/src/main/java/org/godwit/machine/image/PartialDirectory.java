package org.godwit.machine.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.godwit.api.machine.MachineException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory {@code DIR.partial} in which an image grows until it is whole and gets its name in
 * one atomic step. A lock tells a directory that is being written from one that a crash left.
 *
 * <p>Thread-safe as far as {@link #remove} may come from any thread.
 */
final class PartialDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(PartialDirectory.class);

  /** Brings the entries of a directory to the disk. */
  @FunctionalInterface
  interface Force {
    void force(FileChannel directory) throws IOException;
  }

  private final Path target;
  private final Path partial;
  private final FileChannel lock;
  private final Set<Path> receiving;
  private final Force force;
  private boolean ended;

  private PartialDirectory(
      Path target, Path partial, FileChannel lock, Set<Path> receiving, Force force) {
    this.force = force;
    this.target = target;
    this.partial = partial;
    this.lock = lock;
    this.receiving = receiving;
  }

  /**
   * Makes {@code DIR.partial}; refuses if DIR exists or somebody else is writing it.
   *
   * @param receiving the partial directories of this process; thread-safe. Locks of files belong to
   *     a process, so that closing a second channel of a lock would end the lock of the first
   */
  static PartialDirectory create(Path directory, Set<Path> receiving) throws MachineException {
    return create(directory, receiving, parent -> parent.force(true));
  }

  /** The same with another way to bring the new name to the disk. */
  static PartialDirectory create(Path directory, Set<Path> receiving, Force force)
      throws MachineException {
    Path target = directory.toAbsolutePath().normalize();
    requireAbsent(target);
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    if (!receiving.add(partial)) {
      throw inUse(target, partial);
    }
    try {
      return claim(target, partial, receiving, force);
    } catch (IOException e) {
      receiving.remove(partial);
      throw new MachineException("Directory " + partial + " cannot be made: " + said(e), e);
    } catch (MachineException | RuntimeException e) {
      receiving.remove(partial);
      throw e;
    }
  }

  private static PartialDirectory claim(Path target, Path partial, Set<Path> receiving, Force force)
      throws IOException, MachineException {
    boolean _ = makeDirectory(partial);
    FileChannel lock = lock(target, partial);
    try {
      PartialDirectory made = new PartialDirectory(target, partial, lock, receiving, force);
      made.clear();
      return made;
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  Path path() {
    return partial;
  }

  Path target() {
    return target;
  }

  /** Removes all files but the lock. */
  void clear() throws IOException {
    for (Path file : files()) {
      if (!file.getFileName().toString().equals(ImageFiles.LOCK)) {
        Files.delete(file);
      }
    }
  }

  /**
   * Gives the directory its name; from here on it is an image. The lock stays until {@link
   * #release}: a directory without lock would look abandoned to another receiver before it is
   * renamed, and afterwards the lock tells that digests are still to come.
   */
  synchronized void publish() throws IOException, MachineException {
    if (ended) {
      throw new MachineException("The image " + target + " was given up");
    }
    ImageFiles.sync(partial);
    requireAbsent(target);
    try (FileChannel parent = FileChannel.open(parent(), StandardOpenOption.READ)) {
      move(partial, target);
      persist(parent);
    }
    ended = true;
  }

  /** Brings the new name to the disk, or takes it back: what failed must not look like an image. */
  private void persist(FileChannel parent) throws IOException {
    try {
      force.force(parent);
    } catch (IOException e) {
      try {
        move(target, partial);
      } catch (IOException stays) {
        e.addSuppressed(stays);
      }
      throw e;
    }
  }

  /** Takes the lock away from a published image. Never throws. */
  void release() {
    try {
      Files.deleteIfExists(target.resolve(ImageFiles.LOCK));
      lock.close();
    } catch (IOException e) {
      LOG.warn("The lock of image {} could not be removed", target, e);
    }
    receiving.remove(partial);
  }

  /** Removes everything, unless published. Never throws. */
  synchronized void remove() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      for (Path file : files()) {
        Files.deleteIfExists(file);
      }
      Files.delete(partial);
    } catch (IOException e) {
      LOG.warn("The unfinished image {} could not be removed", partial, e);
    }
    try {
      lock.close();
    } catch (IOException e) {
      LOG.debug("Closing the lock of {} failed", partial, e);
    }
    receiving.remove(partial);
  }

  private static void requireAbsent(Path target) throws MachineException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new MachineException(
          "Image directory " + target + " exists already; remove it or name another one");
    }
    if (target.getFileName() == null) {
      throw new MachineException(target + " cannot be the directory of an image");
    }
  }

  private static boolean makeDirectory(Path partial) throws IOException {
    try {
      Files.createDirectory(partial);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false; // abandoned or in use: the lock will tell
    }
  }

  private static FileChannel lock(Path target, Path partial) throws IOException, MachineException {
    FileChannel channel =
        FileChannel.open(
            partial.resolve(ImageFiles.LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw inUse(target, partial);
    }
    return channel;
  }

  private static MachineException inUse(Path target, Path partial) {
    return new MachineException("Image " + target + " is being received already, into " + partial);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by this JVM
    }
  }

  private void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(
          "The file system of " + partial + " cannot rename a directory in one step", e);
    }
  }

  private Path parent() {
    Path parent = target.getParent();
    return parent == null ? target : parent;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(partial)) {
      return files.toList();
    }
  }

  /** Why a path cannot be made. The messages of java.nio are often only the path again. */
  static String said(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "the directory above it does not exist or takes no new entries";
      case AccessDeniedException _ -> "this user may not write there";
      case FileSystemException f when f.getReason() != null -> f.getReason();
      case FileSystemException _ -> "the file system does not tell why";
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }
}
