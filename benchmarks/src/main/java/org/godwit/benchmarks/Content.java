package org.godwit.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** What guest RAM holds. */
enum Content {
  /** 2 GiB less a page of incompressible bytes in a guest of 3 GiB. */
  RANDOM,
  /** Nothing but what firmware wrote. */
  ZERO;

  /** Greatest file that QEMU's loader takes. */
  private static final long FILE_BYTES = 2_147_479_552L;

  private static final String ADDRESS = "0x4000000";

  /** QEMU arguments that fill the memory. */
  List<String> arguments(Path scratch) throws IOException {
    if (this == ZERO) {
      return List.of();
    }
    Path file = scratch.resolve("random.bin");
    if (!Files.exists(file) || Files.size(file) != FILE_BYTES) {
      fill(file);
    }
    return List.of("-device", "loader,file=" + file + ",addr=" + ADDRESS);
  }

  private static void fill(Path file) throws IOException {
    Random random = new Random(42);
    byte[] chunk = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = FILE_BYTES; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
  }
}
