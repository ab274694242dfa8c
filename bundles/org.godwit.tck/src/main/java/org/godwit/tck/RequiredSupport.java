package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.godwit.api.machine.Support;

/**
 * What a test needs of this host. Where it is missing the test is skipped with the reason, except
 * on hosts that are known to have it: there the environment sets {@code GODWIT_REQUIRE_NATIVE} or
 * {@code CI}, and a test that could not run fails. Otherwise a probe that is wrong would turn all
 * tests behind it off, and nobody would see. Thread-safe.
 */
public final class RequiredSupport {
  private RequiredSupport() {}

  /**
   * Lets the test go on only if something is there.
   *
   * @param support what a probe said
   */
  public static void require(Support support) {
    if (support instanceof Support.Unavailable(String reason)) {
      missing(reason);
    }
  }

  /**
   * Lets the test go on only if something is there.
   *
   * @param there whether it is
   * @param reason what is missing
   */
  public static void require(boolean there, String reason) {
    if (!there) {
      missing(reason);
    }
  }

  private static void missing(String reason) {
    if (System.getenv("GODWIT_REQUIRE_NATIVE") != null || System.getenv("CI") != null) {
      fail("This host must have what the test needs: " + reason);
    }
    assumeTrue(false, "not available here: " + reason);
  }
}
