package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Against a way with a known rate; time and bytes are counted, not measured. */
class BacklogTest {
  private static final long WAY = 200_000; // nanoseconds when nothing queues

  private final Backlog backlog = new Backlog(0);
  private long position;
  private long now;

  /** Fills the window, then lets all of it arrive; each byte takes so long. */
  private void round(double nanosPerByte) {
    long begin = position;
    long at = now;
    while (!backlog.full(position)) {
      position += 16 << 10;
      if (backlog.due(position)) {
        long value = backlog.ask(position, at);
        now = at + WAY + (long) ((position - begin) * nanosPerByte);
        backlog.answer(value, now);
        begin = position;
        at = now;
        if (position > Backlog.MOST * 4) {
          return;
        }
      }
    }
  }

  @Test
  void shouldHoldBackWhatIsNotAnswered() {
    long value = backlog.ask(Backlog.LEAST / 2, 0);
    assertFalse(backlog.full(Backlog.LEAST - 1));
    assertTrue(backlog.full(Backlog.LEAST));
    long _ = backlog.ask(Backlog.LEAST, 0);
    backlog.answer(value, WAY);
    assertFalse(backlog.full(Backlog.LEAST));
  }

  /** Nobody would ever make room for it. */
  @Test
  void shouldNotWaitWhereNoAnswerIsDue() {
    long first = backlog.ask(1 << 16, 0);
    backlog.answer(first, WAY);
    assertFalse(backlog.full(Backlog.MOST * 2));
    assertTrue(backlog.due(Backlog.MOST * 2));
  }

  /** The luckiest moment of a connection is no measure for all of it. */
  @Test
  void shouldMeasureTheWayAnew() {
    answerAfter(WAY);
    long longer = WAY + 2 * Backlog.TARGET;
    now += 11_000_000_000L;
    answerAfter(longer);
    long window = backlog.window();
    answerAfter(longer);
    assertTrue(backlog.window() > window);
  }

  private void answerAfter(long taken) {
    long value = backlog.ask(position, now);
    now += taken;
    backlog.answer(value, now);
  }

  @Test
  void shouldGrowWhileNothingQueues() {
    round(0.001);
    assertEquals(Backlog.MOST, backlog.window());
  }

  @Test
  void shouldShrinkToTheLeastWhenItsOwnBytesQueue() {
    round(0.001);
    for (int i = 0; i < 100; i++) {
      answerAfter(WAY + 2 * Backlog.TARGET);
    }
    assertEquals(Backlog.LEAST, backlog.window());
  }

  @Test
  void shouldTakeOneAnswerForAllBeforeIt() {
    long first = backlog.ask(1 << 16, 0);
    long second = backlog.ask(1 << 17, 0);
    backlog.answer(second, WAY);
    long window = backlog.window();
    backlog.answer(first, 100 * WAY);
    assertEquals(window, backlog.window(), "an answer that was overtaken tells nothing");
  }

  @Test
  void shouldIgnoreAnswersToWhatItDidNotAsk() {
    long value = backlog.ask(1 << 16, 0);
    backlog.answer(Handshake.nextQueue(value), WAY);
    assertTrue(backlog.full(Backlog.LEAST));
  }

  /** A destination that answers nothing gets a window each time that patience ends. */
  @Test
  void shouldGoOnWithoutAnswers() {
    long value = backlog.ask(Backlog.LEAST, 0);
    backlog.forget(Backlog.LEAST);
    long window = backlog.window();
    assertFalse(backlog.full(2 * Backlog.LEAST - 1));
    long _ = backlog.ask(2 * Backlog.LEAST, 0);
    assertTrue(backlog.full(2 * Backlog.LEAST));
    backlog.answer(value, WAY);
    assertTrue(backlog.full(2 * Backlog.LEAST), "a late answer changes nothing");
    assertEquals(window, backlog.window());
  }
}
