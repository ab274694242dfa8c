package org.godwit.coordinator;

import java.util.function.BooleanSupplier;

/** Waits for another thread to get somewhere; a test that waits in vain fails. */
final class Eventually {
  private static final long PATIENCE = 20_000_000_000L;

  private Eventually() {}

  static void isTrue(BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > PATIENCE) {
        throw new AssertionError("It did not happen.");
      }
      Thread.onSpinWait();
    }
  }
}
