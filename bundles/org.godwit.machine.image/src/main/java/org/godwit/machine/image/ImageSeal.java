package org.godwit.machine.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Makes what was received durable and provable: digests of every file, the manifest, and a list of
 * sums that {@code sha256sum -c} understands.
 *
 * <p>Two threads work for the time of the call: one waits for the disk while the other computes.
 */
final class ImageSeal {
  private static final int THREADS = 2;

  private ImageSeal() {}

  static void seal(
      Path directory,
      Function<List<ContentDigest.Sums>, Manifest> manifest,
      List<FileBlock> blocks,
      SectionLog sections)
      throws IOException {
    Manifest sealed = manifest.apply(digestAndSync(blocks, sections));
    byte[] json = ManifestWriter.write(sealed);
    write(directory.resolve(ImageFiles.MANIFEST), json);
    byte[] sums = sums(directory, sealed, json).getBytes(StandardCharsets.UTF_8);
    write(directory.resolve(ImageFiles.SUMS), sums);
  }

  /** Results in the order of the tasks; the first failure is thrown and ends the others. */
  static <T> List<T> inParallel(List<? extends Callable<? extends T>> tasks) throws IOException {
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

  private static List<ContentDigest.Sums> digestAndSync(List<FileBlock> blocks, SectionLog sections)
      throws IOException {
    List<Callable<ContentDigest.Sums>> tasks = new ArrayList<>();
    tasks.add(
        () -> {
          for (FileBlock block : blocks) {
            block.sync();
          }
          sections.sync();
          return new ContentDigest.Sums("", List.of());
        });
    blocks.forEach(block -> tasks.add(() -> ContentDigest.of(block.path())));
    List<ContentDigest.Sums> results = inParallel(tasks);
    return results.subList(1, results.size());
  }

  private static String sums(Path directory, Manifest manifest, byte[] json) throws IOException {
    StringBuilder text = new StringBuilder();
    line(text, ContentDigest.of(json), ImageFiles.MANIFEST);
    manifest.blocks().forEach(block -> line(text, block.sha256(), block.file()));
    Path devices = directory.resolve(ImageFiles.DEVICES);
    line(text, ContentDigest.of(devices).sha256(), ImageFiles.DEVICES);
    manifest.description().ifPresent(d -> line(text, d.sha256(), ImageFiles.DESCRIPTION));
    return text.toString();
  }

  private static void line(StringBuilder text, String sha256, String file) {
    text.append(sha256).append("  ").append(file).append('\n');
  }

  private static void write(Path file, byte[] content) throws IOException {
    Path _ = Files.write(file, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ImageFiles.sync(file);
  }
}
