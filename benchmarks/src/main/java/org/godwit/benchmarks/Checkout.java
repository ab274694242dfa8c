package org.godwit.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;

/** The checkout that the benchmark runs in. */
public final class Checkout {
  private Checkout() {}

  /**
   * The directory with the `godwit` script, at or above the working directory.
   *
   * @return absolute path
   */
  public static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isExecutable(directory.resolve("godwit"))) {
      directory = directory.getParent();
    }
    if (directory == null) {
      throw new IllegalStateException("Run the benchmark inside a checkout of Godwit");
    }
    return directory;
  }
}
