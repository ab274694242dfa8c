package org.godwit.coordinator;

import java.security.SecureRandom;
import java.util.List;
import java.util.Random;

/**
 * What a source shows when it comes back on another connection, so that a destination takes a
 * COMMIT only from the source of the guest that it holds. Drawn by the destination for each
 * connection, from a secure source; immutable.
 *
 * @param words four values of 32 bit
 */
record Ticket(List<Long> words) {
  /** Number of values. */
  static final int WORDS = 4;

  private static final Random RANDOM = new SecureRandom();
  private static final List<Long> TAKEN =
      List.of(
          Handshake.HELLO,
          Handshake.KNOWN,
          Handshake.LOADED,
          Handshake.COMMIT,
          Handshake.STOPPED,
          Handshake.HEARD,
          Handshake.AGAIN);

  /** Copies the list. */
  Ticket {
    words = List.copyOf(words);
    if (words.size() != WORDS) {
      throw new IllegalArgumentException("A ticket has " + WORDS + " words, not " + words.size());
    }
  }

  /** A new one; no word of it means anything else between two nodes. */
  static Ticket draw() {
    return new Ticket(
        RANDOM
            .ints()
            .mapToObj(Integer::toUnsignedLong)
            .filter(word -> !TAKEN.contains(word))
            .limit(WORDS)
            .toList());
  }

  /** Tells nothing, because it opens a guest. */
  @Override
  public String toString() {
    return "Ticket";
  }
}
