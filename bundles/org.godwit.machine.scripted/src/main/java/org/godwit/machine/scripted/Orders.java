package org.godwit.machine.scripted;

import java.util.Arrays;
import org.godwit.api.machine.MachineException;

/**
 * The writes that a scripted program was told to make, in order: the n-th order writes its pages
 * with the key of round n. Not thread-safe.
 */
final class Orders {
  /** How many orders a guest can take in its life; they are part of its state. */
  static final int LIMIT = 1024;

  private final long[] firsts = new long[LIMIT];
  private final long[] counts = new long[LIMIT];
  private int size;

  /** Notes an order and returns its round. */
  long add(long first, long count) throws MachineException {
    if (size == LIMIT) {
      throw new MachineException("A scripted guest takes at most " + LIMIT + " orders");
    }
    firsts[size] = first;
    counts[size] = count;
    size++;
    return size;
  }

  int size() {
    return size;
  }

  long[] firsts() {
    return firsts.clone();
  }

  long[] counts() {
    return counts.clone();
  }

  /** Takes over the orders of another guest; returns whether they fit so many pages. */
  boolean restore(int number, long[] otherFirsts, long[] otherCounts, long pages) {
    if (number < 0 || number > LIMIT) {
      return false;
    }
    for (int i = 0; i < number; i++) {
      boolean inside = otherFirsts[i] >= 0 && otherCounts[i] > 0 && otherCounts[i] <= pages;
      if (!inside || otherFirsts[i] > pages - otherCounts[i]) {
        return false;
      }
    }
    System.arraycopy(otherFirsts, 0, firsts, 0, LIMIT);
    System.arraycopy(otherCounts, 0, counts, 0, LIMIT);
    size = number;
    return true;
  }

  /** The last round that wrote each page; -1 for pages that no order wrote. */
  int[] lastRounds(int pages) {
    int[] rounds = new int[pages];
    Arrays.fill(rounds, -1);
    for (int i = 0; i < size; i++) {
      Arrays.fill(rounds, (int) firsts[i], (int) (firsts[i] + counts[i]), i + 1);
    }
    return rounds;
  }
}
