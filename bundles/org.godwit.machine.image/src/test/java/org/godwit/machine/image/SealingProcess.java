package org.godwit.machine.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process that holds the lock of an image; it gives the sums when told. */
final class SealingProcess {
  private SealingProcess() {}

  public static void main(String[] words) throws IOException {
    Path image = Path.of(words[0]);
    try (FileChannel channel =
            FileChannel.open(
                image.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      Path _ = Files.move(image.resolve("SHA256SUMS"), image.resolve("later"));
      System.out.println("locked " + lock.isValid());
      int _ = System.in.read();
      Path _ = Files.move(image.resolve("later"), image.resolve("SHA256SUMS"));
    }
  }

  static Process start(Path image) throws Exception {
    Path classes =
        Path.of(SealingProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java, "-cp", classes.toString(), SealingProcess.class.getName(), image.toString())
        .start();
  }
}
