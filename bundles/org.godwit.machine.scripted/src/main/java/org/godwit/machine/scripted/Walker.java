package org.godwit.machine.scripted;

import org.godwit.machine.mapped.Walk;

/**
 * One thread's walk through its share of the working set. Used by the thread while it runs, by
 * anybody while it does not.
 */
final class Walker {
  private final Plan plan;
  private final int thread;
  private final Walk walk;
  private final Control control;
  private long round;

  Walker(Plan plan, int thread, Control control) {
    this.plan = plan;
    this.thread = thread;
    this.control = control;
    this.walk = plan.mode().walk(plan.sharePages(thread));
    control.share(plan.shareBegin(thread), walk.pages(), walk.stride() % walk.pages());
    begin(1);
  }

  /** Writes up to so many pages, beginning the next round where one ends. */
  void run(ProgramCode code, long pages) {
    control.budget(pages);
    while (control.budget() > 0 && !control.stopped()) {
      if (control.left() == 0) {
        begin(round + 1);
      }
      code.run(control);
    }
  }

  private void begin(long next) {
    round = next;
    long begin = plan.mode().begin(plan.seed() + thread, next, walk.pages());
    control.round(begin, walk.pages(), plan.key(next));
  }

  /** Goes on where another walker of the same share stopped. */
  void restore(long atRound, long left, long written) {
    begin(atRound);
    long done = walk.pages() - left;
    long begin = control.position();
    long moved = Math.floorMod(Math.multiplyExact(done, walk.stride()), walk.pages());
    control.round((begin + moved) % walk.pages(), left, plan.key(atRound));
    control.written(written);
  }

  Control control() {
    return control;
  }

  long round() {
    return round;
  }

  long pages() {
    return walk.pages();
  }

  /** The round that wrote a page of this share last; 0 is the filling. */
  long lastRound(long page) {
    long begin = plan.mode().begin(plan.seed() + thread, round, walk.pages());
    long turn = walk.turn(page - plan.shareBegin(thread), begin);
    return turn < walk.pages() - control.left() ? round : round - 1;
  }
}
