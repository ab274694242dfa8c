package org.godwit.savestate.ram;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Parameter;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.RamCounters;

/**
 * The pages that earlier restores of an image asked for first go out before the guest does, within
 * a bound; those that it asks for now in its first seconds are learned for the next time.
 *
 * <p>Belongs to the sending thread, except {@link #asked}, which the return path's thread calls.
 */
final class Prefetch {
  /** How long after the guest went what it asks for is learned. */
  static final long WINDOW = 5_000_000_000L;

  private final RamState ram;
  private final OutgoingContext context;
  private final RamCounters counters;
  private final FirstPages memory;
  private final Map<String, BitSet> known;
  private long left;
  private long sent;
  private int block;
  private int page;
  // guarded by this
  private final Map<String, BitSet> requested = new HashMap<>();
  private long until;
  private boolean learned;

  private Prefetch(RamState ram, OutgoingContext context, FirstPages memory) {
    this.ram = ram;
    this.context = context;
    this.counters = context.counters();
    this.memory = memory;
    this.known = memory.known();
    this.left = Math.min(budget(context) / RamState.PAGE, count());
  }

  /** Only a guest that goes at once leaves something to learn, and only some machines remember. */
  static Optional<Prefetch> of(RamState ram, OutgoingContext context) {
    boolean wanted = context.settings().flag(Parameter.LAZY) && budget(context) > 0;
    return wanted && context.machine() instanceof FirstPages memory
        ? Optional.of(new Prefetch(ram, context, memory))
        : Optional.empty();
  }

  private static long budget(OutgoingContext context) {
    return context.settings().number(Parameter.PREFETCH);
  }

  private long count() {
    long sum = 0;
    for (BlockState state : ram.blocks()) {
      BitSet pages = of(state);
      long inside = Math.min(pages.length(), state.dirty().pages());
      sum += pages.get(0, (int) inside).cardinality();
    }
    return sum;
  }

  private BitSet of(BlockState state) {
    return known.getOrDefault(state.block().name(), new BitSet());
  }

  /** Pages left to be sent before the guest goes. */
  long left() {
    return left;
  }

  /** Sends some of them. */
  void iterate(Budget budget) throws MachineException, IOException {
    while (left > 0 && !budget.exhausted()) {
      if (block == ram.blocks().size()) {
        left = 0;
        return;
      }
      next(ram.blocks().get(block));
    }
  }

  private void next(BlockState state) throws MachineException, IOException {
    BitSet pages = of(state);
    int first = pages.nextSetBit(page);
    if (first < 0 || first >= state.dirty().pages()) {
      block++;
      page = 0;
      return;
    }
    long end = Math.min(pages.nextClearBit(first), state.dirty().pages());
    int most = (int) Math.min(Math.min(end - first, left), RamState.PAGES_PER_LOOK);
    page = first + most;
    left -= most;
    if (state.dirty().get(first)) {
      send(state, first, state.dirty().run(first, most));
    }
  }

  private void send(BlockState state, long first, int count) throws MachineException, IOException {
    state.dirty().clearRun(first, count);
    PageSender pages = ram.sender();
    pages.reset();
    pages.sendRun(state, first, count);
    counters.add(pages.normal(), pages.zero());
    counters.remaining(ram.dirtyPages());
    sent += count;
  }

  /** The guest is about to run at the destination. */
  synchronized void guestStarts() {
    until = context.nanoTime() + WINDOW;
  }

  /** Pages were asked for. */
  synchronized void asked(BlockState state, long start, long length) {
    if (context.nanoTime() < until) {
      requested
          .computeIfAbsent(state.block().name(), name -> new BitSet())
          .set((int) (start / RamState.PAGE), (int) ((start + length) / RamState.PAGE));
    }
  }

  /** Everything was sent; perhaps not for the first time, if the link broke before the end. */
  synchronized void learn() {
    if (learned) {
      return;
    }
    learned = true;
    long requests = requested.values().stream().mapToLong(BitSet::cardinality).sum();
    memory.learn(new FirstPages.Restore(sent, requests, requested));
    until = 0;
  }
}
