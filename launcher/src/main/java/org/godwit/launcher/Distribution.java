package org.godwit.launcher;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The folder that the program runs from.
 *
 * @param home holds {@code lib}, {@code bundles}, {@code load} and {@code conf}
 */
record Distribution(Path home) {
  /** The distribution that the launcher's own jar lies in: its folder is {@code lib}. */
  static Distribution ofThisProgram() throws IOException {
    try {
      Path jar =
          Path.of(Distribution.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path lib = jar.toAbsolutePath().getParent();
      if (lib == null
          || lib.getParent() == null
          || !Files.isDirectory(lib.resolveSibling("bundles"))) {
        throw new IOException(
            "no distribution around " + jar + ": start the program with ./godwit");
      }
      return new Distribution(lib.getParent());
    } catch (URISyntaxException e) {
      throw new IOException("cannot tell where the program was started from", e);
    }
  }

  /** The bundles to install, in a fixed order. */
  List<Path> bundles() throws IOException {
    try (var files = Files.list(home.resolve("bundles"))) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /** The folder that a node watches for bundles where none was named. */
  Path load() {
    return home.resolve("load");
  }

  /** Settings of the shell, among them its profile. */
  Path configuration() {
    return home.resolve("conf");
  }
}
