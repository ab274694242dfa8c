package org.godwit.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** What guest RAM holds. */
enum Content {
  /** 2 GiB less a page of incompressible bytes, or nearly all of a smaller guest. */
  RANDOM,
  /** Nothing but what firmware wrote. */
  ZERO;

  /** Greatest file that QEMU's loader takes. */
  private static final long FILE_BYTES = 2_147_479_552L;

  /** What a small guest keeps for firmware and as zeros. */
  private static final long LEFT_OUT = 256L << 20;

  private static final String ADDRESS = "0x4000000";

  /** QEMU arguments that fill the memory. */
  List<String> arguments(Path scratch, long memory) throws IOException {
    if (this == ZERO) {
      return List.of();
    }
    long bytes = Math.min(FILE_BYTES, memory - LEFT_OUT);
    Path file = scratch.resolve("random.bin");
    if (!Files.exists(file) || Files.size(file) != bytes) {
      fill(file, bytes);
    }
    return List.of("-device", "loader,file=" + file + ",addr=" + ADDRESS);
  }

  private static void fill(Path file, long bytes) throws IOException {
    Random random = new Random(42);
    byte[] chunk = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
  }
}
