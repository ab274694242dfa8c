package org.godwit.machine.mapped;

import java.nio.charset.StandardCharsets;
import org.godwit.api.machine.GuestOutput;

/**
 * The last bytes that a guest wrote. Thread-safe: the guest's threads write, anybody reads.
 *
 * <p>A ring of 1 MiB that grows to that size only as it is needed.
 */
public final class OutputTail implements GuestOutput {
  private static final int LIMIT = 1 << 20;
  private static final int FIRST = 4096;

  private byte[] ring = new byte[FIRST];
  private long written;
  private boolean ended;

  /** Makes an empty tail. */
  public OutputTail() {}

  /**
   * Appends a byte.
   *
   * @param value low 8 bits count
   */
  public synchronized void write(int value) {
    if (written == ring.length && ring.length < LIMIT) {
      ring = java.util.Arrays.copyOf(ring, ring.length * 2);
    }
    ring[(int) (written % ring.length)] = (byte) value;
    written++;
    notifyAll();
  }

  /** No more will come; nobody needs to wait any longer. */
  public synchronized void end() {
    ended = true;
    notifyAll();
  }

  @Override
  public synchronized boolean awaitMore(long known) throws InterruptedException {
    while (written <= known && !ended) {
      wait();
    }
    return written > known;
  }

  /**
   * Appends a text.
   *
   * @param text characters of ISO 8859-1
   */
  public synchronized void write(String text) {
    for (int i = 0; i < text.length(); i++) {
      write(text.charAt(i));
    }
  }

  @Override
  public synchronized Output output() {
    int kept = (int) Math.min(written, ring.length);
    byte[] bytes = new byte[kept];
    for (int i = 0; i < kept; i++) {
      bytes[i] = ring[(int) ((written - kept + i) % ring.length)];
    }
    return new Output(written - kept, new String(bytes, StandardCharsets.ISO_8859_1));
  }
}
