package org.godwit.it.relay;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Watches the items of one direction, and holds the direction up where the cut is due. */
final class Place {
  private final Optional<Cut> cut;
  private final CompletableFuture<Void> reached;
  private final CountDownLatch broken;
  private int seen;

  /**
   * A watch.
   *
   * @param cut where; empty if not in this direction
   * @param reached is completed there
   * @param broken opens when the link was broken
   */
  Place(Optional<Cut> cut, CompletableFuture<Void> reached, CountDownLatch broken) {
    this.cut = cut;
    this.reached = reached;
    this.broken = broken;
  }

  /** Passes an item on, or what of it comes before the cut; does not return from there. */
  void item(Passage passage, String name, long begin, long end) throws IOException {
    if (cut.isEmpty() || !cut.get().item().equals(name) || ++seen != cut.get().occurrence()) {
      passage.passTo(end);
      return;
    }
    passage.passTo(cut.get().when().offset(begin, end));
    boolean _ = reached.complete(null);
    try {
      broken.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IOException("The link was cut.");
  }
}
