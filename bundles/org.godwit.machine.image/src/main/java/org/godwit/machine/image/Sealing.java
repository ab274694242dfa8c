package org.godwit.machine.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a received image provable: digests of every file go into the manifest and into a list of
 * sums that {@code sha256sum -c} understands.
 *
 * <p>It happens after the image was published, on a thread of its own ({@code image-seal}) and two
 * that compute: SHA-256 of a large guest takes longer than receiving it, and the source must not
 * wait for that. An image whose receiver ended before is whole and can be sent, but not verified.
 */
final class Sealing {
  private static final Logger LOG = LoggerFactory.getLogger(Sealing.class);
  private static final String NEW = ".new";

  private final Path image;
  private final Manifest manifest;
  private final Consumer<Sealing> ended;
  private final CountDownLatch done = new CountDownLatch(1);

  private Sealing(Path image, Manifest manifest, Consumer<Sealing> ended) {
    this.image = image;
    this.manifest = manifest;
    this.ended = ended;
  }

  /** Brings everything but digests to the disk: from here on the image could be used. */
  static void persist(
      Path directory, Manifest manifest, List<FileBlock> blocks, SectionLog sections)
      throws IOException {
    for (FileBlock block : blocks) {
      block.sync();
    }
    sections.sync();
    write(directory, ImageFiles.MANIFEST, ManifestWriter.write(manifest));
  }

  /**
   * Begins to seal a published image.
   *
   * @param ended called when it is sealed or failed
   */
  static Sealing start(Path image, Manifest manifest, Consumer<Sealing> ended) {
    Sealing sealing = new Sealing(image, manifest, ended);
    Thread.ofPlatform().daemon().name("image-seal").start(sealing::run);
    return sealing;
  }

  /** Waits for the end, unless the thread is interrupted. */
  void await() {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the caller is wanted elsewhere; the seal goes on
    }
  }

  /** Waits for the end so many nanoseconds; gives false if it has not come. */
  boolean await(long nanos) {
    try {
      return done.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void run() {
    try {
      seal();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Image {} is whole, but its digests could not be written", image, e);
    } finally {
      ended.accept(this);
      done.countDown();
    }
  }

  private void seal() throws IOException {
    List<Callable<ContentDigest.Sums>> tasks = new ArrayList<>();
    for (Manifest.Block block : manifest.blocks()) {
      tasks.add(() -> ContentDigest.of(image.resolve(block.file())));
    }
    Manifest sealed = manifest.seal(Parallel.run(tasks));
    byte[] json = ManifestWriter.write(sealed);
    write(image, ImageFiles.SUMS, sums(sealed, json).getBytes(StandardCharsets.UTF_8));
    write(image, ImageFiles.MANIFEST, json);
    ImageFiles.sync(image);
  }

  private String sums(Manifest sealed, byte[] json) throws IOException {
    StringBuilder text = new StringBuilder();
    line(text, ContentDigest.of(json), ImageFiles.MANIFEST);
    sealed.blocks().forEach(block -> line(text, block.sha256(), block.file()));
    Path devices = image.resolve(ImageFiles.DEVICES);
    line(text, ContentDigest.of(devices).sha256(), ImageFiles.DEVICES);
    sealed.description().ifPresent(d -> line(text, d.sha256(), ImageFiles.DESCRIPTION));
    return text.toString();
  }

  private static void line(StringBuilder text, String sha256, String file) {
    text.append(sha256).append("  ").append(file).append('\n');
  }

  /** In one step, so that a reader finds the old file or the new one, never half a file. */
  private static void write(Path directory, String name, byte[] content) throws IOException {
    Path fresh = directory.resolve(name + NEW);
    Path _ =
        Files.write(
            fresh,
            content,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    ImageFiles.sync(fresh);
    Path _ = Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }
}
