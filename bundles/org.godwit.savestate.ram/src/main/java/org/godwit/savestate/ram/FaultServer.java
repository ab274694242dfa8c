package org.godwit.savestate.ram;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns faults into page requests. The fault thread only takes note; a thread of this class writes
 * the requests, so that a full return path never holds a fault up.
 */
final class FaultServer {
  private static final Logger LOG = LoggerFactory.getLogger(FaultServer.class);

  private final PageStates states;
  private final IndexedBlocks blocks;
  // volatile: replaced by the receiving thread, used by the sending thread and by fault threads
  private volatile @Nullable Connection peer;
  // volatile: set by whoever finds the trap gone, read by the receiving thread
  private volatile @Nullable String lost;

  private record Connection(PageRequests requests, long number) {}

  /** Finds a block by its index in the block list. */
  @FunctionalInterface
  interface IndexedBlocks {
    ArrivingBlock get(int index);
  }

  FaultServer(PageStates states, IndexedBlocks blocks) {
    this.states = states;
    this.blocks = blocks;
  }

  /** Whom to ask, for everything that is still wanted, and to tell when the trap is gone. */
  void connect(PageRequests requests) {
    peer = new Connection(requests, states.connect());
  }

  /** Why faults are not reported any more; empty while they are. */
  Optional<String> lost() {
    return Optional.ofNullable(lost);
  }

  /** Begins to ask. */
  void start(String name) {
    var _ = Thread.ofPlatform().name("godwit-requests-" + name).daemon().start(this::ask);
  }

  private void ask() {
    try {
      for (long next = states.take(); next != PageStates.NOTHING; next = states.take()) {
        ArrivingBlock block = blocks.get(PageStates.blockOf(next));
        ask(block, PageStates.offsetOf(next));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(ArrivingBlock block, long offset) {
    Connection asked = peer;
    if (asked == null) {
      return;
    }
    try {
      asked.requests().request(block.name(), offset, block.pageSize());
    } catch (IOException | RuntimeException e) {
      // the page stays requested; a recovery asks again
      LOG.debug("No request for offset {} of block {}", offset, block.name(), e);
      states.disconnect(asked.number());
    }
  }

  /** Hears the faults of one block. */
  Sink sink(int index) {
    return new Sink(index);
  }

  /** Hears the faults of one block. Called by the fault thread, allocates nothing. */
  final class Sink implements FaultSink {
    private final int index;
    // volatile: set by the receiving thread before the trap, used by the fault thread
    private volatile @Nullable UserfaultRegion region;

    private Sink(int index) {
      this.index = index;
    }

    void region(UserfaultRegion of) {
      region = of;
    }

    @Override
    public void missing(long offset, int thread, boolean write) {
      if (states.fault(index, offset, thread, System.nanoTime())) {
        settle(offset);
      }
    }

    /** A page of zeros that was received before the trap may never have become present. */
    private void settle(long offset) {
      UserfaultRegion of = region;
      long page = blocks.get(index).pageSize();
      try {
        if (of != null) {
          var _ = of.settle(offset / page * page, page);
        }
      } catch (UserfaultException e) {
        lost("A page that was received cannot be settled: " + e.getMessage());
      }
    }

    /** Kept before it is told: either {@code listen} finds it, or the peer is known here. */
    @Override
    public void lost(String reason) {
      lost = reason;
      Connection told = peer;
      if (told != null) {
        told.requests().untrapped(reason);
      }
    }
  }
}
