package org.godwit.machine.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;

/** Names of the files of an image. A name from a peer never becomes the name of a file. */
final class ImageFiles {
  static final String MANIFEST = "image.json";
  static final String SUMS = "SHA256SUMS";
  static final String DEVICES = "devices.bin";
  static final String DESCRIPTION = "vmdescription.json";
  static final String LOCK = "lock";
  static final String FIRST_PAGES = "first-pages.bin";
  static final String FIRST_PAGES_LOCK = "first-pages.lock";

  private static final Pattern RAM = Pattern.compile("ram-(0|[1-9][0-9]{0,4})\\.bin");

  private ImageFiles() {}

  static String ram(int index) {
    return "ram-" + index + ".bin";
  }

  static boolean isRam(String name) {
    return RAM.matcher(name).matches();
  }

  /** Brings the content of a file, or the entries of a directory, to the disk. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
