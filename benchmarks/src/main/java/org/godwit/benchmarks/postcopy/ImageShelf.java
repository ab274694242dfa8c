package org.godwit.benchmarks.postcopy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Images of guests of QEMU with filled memory, made when first needed. Used by one thread. */
final class ImageShelf implements AutoCloseable {
  private static final String LEARNED = "first-pages.bin";

  private final Setup setup;
  private final Path shelf;

  /** Images of an earlier run, which may have had other options, are deleted. */
  ImageShelf(Setup setup) throws IOException {
    this.setup = setup;
    shelf = setup.scratch().resolve("postcopy");
    deleteTree(shelf);
  }

  /** An image of which nothing is known but what is in it. */
  Path fresh(long memory) throws IOException, InterruptedException {
    Path image = place("filled-" + (memory >> 20));
    if (!Files.exists(image)) {
      make(image, memory);
    }
    Files.deleteIfExists(image.resolve(LEARNED));
    return image;
  }

  /** Where an image can be received. */
  Path empty() throws IOException {
    Path image = place("arrived");
    deleteTree(image);
    return image;
  }

  private Path place(String name) throws IOException {
    return Files.createDirectories(shelf).resolve(name);
  }

  private void make(Path image, long memory) throws IOException, InterruptedException {
    System.err.printf("making an image of %d MiB%n", memory >> 20);
    int port = PostcopyBenchmark.freePort();
    try (QemuSide source = QemuSide.source(setup, memory);
        GodwitCommand receive = GodwitCommand.receive(image, port)) {
      source.precopy("tcp:127.0.0.1:" + port);
      JsonNode _ = receive.answer();
    }
  }

  @Override
  public void close() throws IOException {
    deleteTree(shelf);
  }

  private static void deleteTree(Path top) throws IOException {
    if (!Files.exists(top)) {
      return;
    }
    try (var paths = Files.walk(top)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
