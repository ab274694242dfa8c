package org.godwit.machine.scripted;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.godwit.linux.NativeCode;

/**
 * Turns what this host lacks into a skip with the reason, or into a failure where it must exist.
 */
final class NativeRequirement {
  private NativeRequirement() {}

  static void requireX86() {
    if (!NativeCode.x86()) {
      missing("x86-64", System.getProperty("os.arch"));
    }
  }

  static void missing(String what, String reason) {
    String message = what + " is not available here: " + reason;
    if (System.getenv("CI") != null || System.getenv("GODWIT_REQUIRE_NATIVE") != null) {
      fail(message);
    }
    abort(message);
  }
}
