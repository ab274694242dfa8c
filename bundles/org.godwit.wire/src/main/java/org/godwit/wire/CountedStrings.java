package org.godwit.wire;

import java.nio.charset.StandardCharsets;

/** The one rule for names on the wire: one byte is one character, at most 255 of them. */
public final class CountedStrings {

  /** Longest name in bytes. */
  public static final int LONGEST = 255;

  private CountedStrings() {}

  /**
   * Turns a name into its bytes, without the length.
   *
   * @param value characters U+0000 to U+00FF
   * @return one byte a character
   * @throws IllegalArgumentException when the name is too long or holds other characters
   */
  public static byte[] encode(String value) {
    if (value.length() > LONGEST) {
      throw new IllegalArgumentException(
          "A name of " + value.length() + " characters; the wire allows " + LONGEST + ".");
    }
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > 0xFF) {
        throw new IllegalArgumentException(
            "The name \"" + value + "\" holds a character that does not fit in one byte.");
      }
    }
    return value.getBytes(StandardCharsets.ISO_8859_1);
  }
}
