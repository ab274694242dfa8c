package org.godwit.userfault.software;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Postcopy, section 11: the transitions. */
class PageStatesTest {
  private final PageStates states = new PageStates(130);

  @Test
  void shouldBeginWithEverythingReceived() {
    assertEquals(PageState.RECEIVED, states.get(0));
    assertEquals(PageState.RECEIVED, states.get(129));
  }

  @Test
  void shouldChangeOnlyWhatItExpects() {
    states.change(64, PageState.RECEIVED, PageState.MISSING);
    assertEquals(
        PageState.MISSING, states.change(64, PageState.REQUESTED, PageState.RECEIVED), "refused");
    assertEquals(PageState.MISSING, states.get(64));
    assertEquals(
        PageState.MISSING, states.change(64, PageState.MISSING, PageState.REQUESTED), "asked for");
    assertEquals(PageState.REQUESTED, states.get(64));
    assertEquals(
        PageState.REQUESTED, states.change(64, PageState.MISSING, PageState.RECEIVED), "raced");
    assertEquals(
        PageState.REQUESTED, states.change(64, PageState.REQUESTED, PageState.RECEIVED), "arrived");
    assertEquals(PageState.RECEIVED, states.get(64));
  }

  @Test
  void shouldKeepNeighboursApart() {
    states.change(63, PageState.RECEIVED, PageState.REQUESTED);
    states.change(65, PageState.RECEIVED, PageState.MISSING);
    assertEquals(PageState.REQUESTED, states.get(63));
    assertEquals(PageState.RECEIVED, states.get(64));
    assertEquals(PageState.MISSING, states.get(65));
  }
}
