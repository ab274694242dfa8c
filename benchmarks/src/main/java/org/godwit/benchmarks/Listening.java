package org.godwit.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Tells when a process listens. */
final class Listening {
  private Listening() {}

  /**
   * Looks into the kernel's table of listening sockets: a test connection would be taken as a peer.
   */
  static void await(String uri, Process process) throws IOException, InterruptedException {
    int port = Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
    String wanted = ":%04X 00000000:0000 0A".formatted(port);
    while (process.isAlive()) {
      if (Files.readString(Path.of("/proc/net/tcp")).contains(wanted)) {
        return;
      }
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
    throw new IOException("godwit ended before it listened");
  }
}
