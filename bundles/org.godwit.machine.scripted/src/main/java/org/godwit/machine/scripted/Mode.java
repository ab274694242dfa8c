package org.godwit.machine.scripted;

import java.util.Arrays;
import java.util.Optional;
import org.godwit.machine.mapped.PageContent;
import org.godwit.machine.mapped.Walk;

/** What the guest program does. The code is on the wire. */
enum Mode {
  /** Writes its working set in a scattered order, round after round. */
  RANDOM(0),
  /** Writes its working set from front to back, round after round. */
  SWEEP(1),
  /** Writes no memory, only output. */
  IDLE(2),
  /** Writes the pages it is told, and output when it is told. */
  SCRIPTED(3);

  private final int code;

  Mode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The mode of a code on the wire, if there is one. */
  static Optional<Mode> of(long code) {
    return Arrays.stream(values()).filter(mode -> mode.code == code).findFirst();
  }

  /** Whether threads of the program run on their own. */
  boolean runs() {
    return this != SCRIPTED;
  }

  /** Whether rounds over the working set are made. */
  boolean walks() {
    return this == RANDOM || this == SWEEP;
  }

  Walk walk(long pages) {
    return this == RANDOM ? Walk.scattered(pages) : Walk.sweep(pages);
  }

  /** The page that a round begins with. */
  long begin(long seed, long round, long pages) {
    return this == RANDOM ? Math.floorMod(PageContent.mix(seed + round), pages) : 0;
  }
}
