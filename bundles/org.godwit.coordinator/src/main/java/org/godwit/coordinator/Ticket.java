package org.godwit.coordinator;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What a source shows when it comes back on another connection, so that a destination takes a
 * COMMIT only from the source of the guest that it holds. Drawn by the source from a secure source
 * of chance. Before the guest was given away, only its {@link #seal} goes over the link: whoever
 * listens cannot make a ticket of it. Immutable.
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
    Ticket ticket = random();
    while (!Collections.disjoint(ticket.seal().words(), TAKEN)) {
      ticket = random();
    }
    return ticket;
  }

  private static Ticket random() {
    return new Ticket(
        RANDOM
            .ints()
            .mapToObj(Integer::toUnsignedLong)
            .filter(word -> !TAKEN.contains(word))
            .limit(WORDS)
            .toList());
  }

  /** What proves a ticket, and tells nothing about it: the first words of its SHA-256. */
  Ticket seal() {
    ByteBuffer bytes = ByteBuffer.allocate(WORDS * Integer.BYTES);
    words.forEach(word -> bytes.putInt(word.intValue()));
    ByteBuffer digest = ByteBuffer.wrap(sha256().digest(bytes.array()));
    return new Ticket(
        Stream.generate(() -> Integer.toUnsignedLong(digest.getInt())).limit(WORDS).toList());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  /** Tells nothing, because it opens a guest. */
  @Override
  public String toString() {
    return "Ticket";
  }
}
