package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The releases of QEMU that tests run against. */
enum QemuRelease {
  /** The one of Debian 12. */
  V7_2("7.2"),
  /** Put beside it by {@code .ci/fetch-qemu-10}. */
  V10_0("10.0");

  private static final long FETCH_SECONDS = 180;

  private final String version;

  QemuRelease(String version) {
    this.version = version;
  }

  /**
   * The program; a test that cannot have it is skipped, or fails where {@code
   * -Dgodwit.qemu.required=true} says that it must be there.
   */
  Path program() {
    Optional<Path> found = this == V7_2 ? installed() : FETCHED.path;
    boolean required = Boolean.getBoolean("godwit.qemu.required");
    if (found.isEmpty() && required) {
      throw new AssertionError("QEMU " + version + " is not there");
    }
    assumeTrue(found.isPresent(), "QEMU " + version + " is not there");
    return found.orElseThrow();
  }

  /** Suffix of the versioned machine types of this release. */
  String version() {
    return version;
  }

  private static Optional<Path> installed() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .map(directory -> Path.of(directory, "qemu-system-x86_64"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Fetched once a JVM, by a script that does nothing if it was done before. */
  private static final class Fetch {
    final Optional<Path> path = fetch();

    private static Optional<Path> fetch() {
      Path script = Path.of(System.getProperty("it.root", ".."), ".ci", "fetch-qemu-10");
      try {
        Process process =
            new ProcessBuilder(script.toAbsolutePath().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        boolean ended = process.waitFor(FETCH_SECONDS, TimeUnit.SECONDS);
        boolean done = ended && process.exitValue() == 0;
        return done ? Optional.of(Path.of(said)) : Optional.empty();
      } catch (IOException e) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }

  private static final Fetch FETCHED = new Fetch();
}
