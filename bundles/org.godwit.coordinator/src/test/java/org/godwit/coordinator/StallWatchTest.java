package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StallWatchTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long TIMEOUT = 5 * SECOND;

  private final StallWatch watch = new StallWatch();

  @Test
  void shouldNoticeAPeerThatSendsOneByteASecond() {
    for (int second = 0; second < 5; second++) {
      watch.begin();
      assertFalse(watch.stalled(second * SECOND, TIMEOUT), "after " + second + " s");
      watch.end(1);
    }
    watch.begin();
    assertTrue(watch.stalled(5 * SECOND, TIMEOUT));
  }

  @Test
  void shouldBeContentWithAKibibyteInTheTimeAllowed() {
    for (int round = 0; round < 20; round++) {
      watch.begin();
      assertFalse(watch.stalled(round * (TIMEOUT - 1), TIMEOUT), "round " + round);
      watch.end(StallWatch.PROGRESS);
    }
  }

  @Test
  void shouldNotCountTimeInWhichNothingIsDue() {
    watch.begin();
    assertFalse(watch.stalled(0, TIMEOUT));
    watch.end(0);
    assertFalse(watch.stalled(100 * SECOND, TIMEOUT));
    watch.begin();
    assertFalse(watch.stalled(104 * SECOND, TIMEOUT));
    assertTrue(watch.stalled(105 * SECOND, TIMEOUT));
  }

  @Test
  void shouldHaveNoLimitWithoutATimeout() {
    watch.begin();
    assertFalse(watch.stalled(0, 0));
    assertFalse(watch.stalled(Long.MAX_VALUE, 0));
  }
}
