package org.godwit.machine.kvm;

import static org.godwit.api.savestate.StateField.bool;
import static org.godwit.api.savestate.StateField.unsigned;

import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.godwit.machine.mapped.Walk;

/**
 * What the built-in guest program is made to do; it moves with the guest, so that the destination
 * can check memory and keep the rate.
 *
 * @param known whether the guest runs the built-in program; the rest counts only then
 * @param seed makes the content of two guests differ
 * @param vcpus vCPUs that share the working set
 * @param workingPages pages from {@link #FIRST_PAGE} on that are written round after round
 * @param filledPages pages from there on that were written before the first round
 * @param pagesPerSecond rate of all vCPUs together, 0 for as fast as they can
 * @param linePages pages of the first vCPU between two lines of output
 */
record KvmPlan(
    boolean known,
    long seed,
    int vcpus,
    long workingPages,
    long filledPages,
    long pagesPerSecond,
    long linePages) {
  /** Where the program's own pages begin; below lie page tables and code. */
  static final long FIRST_PAGE = 256;

  /** What the key grows by from round to round; the guest's code has it too. */
  static final long KEY_STEP = 0x94d0_49bb_1331_11ebL;

  private static final long NEVER = 1L << 40;

  static final int MAX_VCPUS = 64;
  static final long MAX_RATE = 1L << 40;

  static final StateLayout LAYOUT =
      StateLayout.of(
          "kvm-program",
          1,
          bool("known"),
          unsigned("seed", 64),
          unsigned("vcpus", 32),
          unsigned("working_pages", 64),
          unsigned("filled_pages", 64),
          unsigned("pages_per_second", 64),
          unsigned("line_pages", 64));

  /** A guest whose program is not ours. */
  static KvmPlan foreign(int vcpus) {
    return new KvmPlan(false, 0, vcpus, vcpus, vcpus, 0, 1);
  }

  static KvmPlan load(StateValues values) {
    return new KvmPlan(
        values.number("known") != 0,
        values.number("seed"),
        (int) Math.min(values.number("vcpus"), Integer.MAX_VALUE),
        values.number("working_pages"),
        values.number("filled_pages"),
        values.number("pages_per_second"),
        values.number("line_pages"));
  }

  StateValues save() {
    return new StateValues()
        .put("known", known ? 1 : 0)
        .put("seed", seed)
        .put("vcpus", vcpus)
        .put("working_pages", workingPages)
        .put("filled_pages", filledPages)
        .put("pages_per_second", pagesPerSecond)
        .put("line_pages", linePages);
  }

  /** What is wrong with this plan on a machine of so many pages; empty if nothing. */
  String objection(long pages) {
    long own = pages - FIRST_PAGE;
    if (vcpus < 1 || vcpus > MAX_VCPUS || workingPages < vcpus) {
      return vcpus + " vCPUs for a working set of " + workingPages + " pages";
    }
    if (workingPages > filledPages || filledPages > own) {
      return "working set of %d and filled memory of %d of %d pages"
          .formatted(workingPages, filledPages, own);
    }
    if (pagesPerSecond < 0 || pagesPerSecond > MAX_RATE || linePages < 1) {
      return pagesPerSecond + " pages/s and a line every " + linePages + " pages";
    }
    return "";
  }

  /** The key of a round's pages; round 0 is the filling. */
  long key(long round) {
    return seed + round * KEY_STEP;
  }

  /** First page of a vCPU's share, counted from {@link #FIRST_PAGE}. */
  long shareBegin(int vcpu) {
    return workingPages * vcpu / vcpus;
  }

  Walk walk(int vcpu) {
    return Walk.scattered(shareBegin(vcpu + 1) - shareBegin(vcpu));
  }

  /**
   * Pages between two looks at the clock by a vCPU; without a rate it practically never looks. The
   * number is in the stack pointer and has to be an address: with another one nested KVM emulates
   * every instruction, a thousand times slower.
   */
  long pacePages() {
    long perMilli = pagesPerSecond / vcpus / 1000;
    return pagesPerSecond == 0 ? NEVER : Math.clamp(perMilli, 1, 64);
  }
}
