package org.godwit.benchmarks.postcopy;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Postcopy over loopback between QEMU and Godwit in one run: what a missing page costs the guest,
 * whole migrations, restores that start at once, learned prefetch, and collectors. Medians of
 * alternating rounds, with ratios to the first row of each table.
 *
 * <p>Options: {@code --parts latency,total,restore,prefetch,collector} (all but the last), {@code
 * --rounds N} (3), {@code --memory MiB} of the guest whose faults are measured (256), {@code
 * --total MiB} (2048), {@code --images MiB,MiB} (256,1024,4096), {@code --touches N} (5000), {@code
 * --collectors Serial,G1,Z}, {@code --scratch DIR} (a memory file system, so that no disk is
 * measured), {@code --qemu PROGRAM}.
 */
public final class PostcopyBenchmark {
  private PostcopyBenchmark() {}

  /**
   * Runs the benchmark and prints tables in Markdown.
   *
   * @param args options
   */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    Setup setup = Setup.of(options);
    try (ImageShelf shelf = new ImageShelf(setup)) {
      for (Part part : parts(setup, shelf)) {
        for (int round = 1; round <= setup.rounds(); round++) {
          part.round();
        }
        part.print(System.out);
      }
    }
  }

  private static List<Part> parts(Setup setup, ImageShelf shelf) {
    List<Part> parts = new ArrayList<>();
    for (String name : setup.parts()) {
      parts.add(
          switch (name) {
            case "latency" -> new LatencyPart(setup, shelf);
            case "total" -> new TotalPart(setup, shelf);
            case "restore" -> new RestorePart(setup, shelf);
            case "prefetch" -> new PrefetchPart(setup, shelf);
            case "collector" -> new CollectorPart(setup);
            default -> throw new IllegalArgumentException("There is no part " + name);
          });
    }
    return parts;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
