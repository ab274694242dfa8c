package org.godwit.inspect;

import java.nio.file.Path;
import org.godwit.wire.WireException;

/**
 * Where a recording cannot be read any further.
 *
 * @param file name of the file
 * @param offset byte offset
 * @param reason a sentence
 */
record Damage(String file, long offset, String reason) {

  /** A compressed file without its end. */
  static Damage cutOff(Path path, long offset) {
    String reason = "At byte offset " + offset + ": the compressed file was cut off here.";
    return new Damage(String.valueOf(path.getFileName()), offset, reason);
  }

  static Damage of(Path path, WireException e) {
    return new Damage(String.valueOf(path.getFileName()), e.offset(), e.getMessage());
  }
}
