package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two connections with one fate. */
class PairedChannelTest {
  private final NotedChannel main = new NotedChannel("main");
  private final NotedChannel second = new NotedChannel("second");
  private final PairedChannel pair = new PairedChannel(main, Optional.empty());

  @Test
  void shouldBreakBoth() {
    pair.join(second);
    pair.abort("enough");
    assertEquals(List.of("abort enough"), main.calls);
    assertEquals(List.of("abort enough"), second.calls);
  }

  @Test
  void shouldBreakTheOneThatComesTooLateForTheFirstReason() {
    pair.abort("enough");
    pair.abort("more than enough");
    pair.join(second);
    assertEquals(List.of("abort enough"), second.calls);
  }

  @Test
  void shouldBreakTheSecondAlone() {
    pair.abortSecond("nobody is there");
    pair.join(second);
    pair.abortSecond("not needed");
    assertEquals(List.of(), main.calls);
    assertEquals(List.of("abort not needed"), second.calls);
  }

  @Test
  void shouldCloseBoth() {
    pair.join(second);
    pair.close();
    assertEquals(List.of("close"), main.calls);
    assertEquals(List.of("close"), second.calls);
  }

  @Test
  void shouldCloseTheOneThatComesAfterTheEnd() {
    pair.close();
    pair.join(second);
    assertEquals(List.of("close"), second.calls);
  }

  @Test
  void shouldOtherwiseBeTheMainConnection() throws Exception {
    pair.join(second);
    pair.endOutput();
    assertEquals(List.of("endOutput"), main.calls);
    assertEquals(List.of(), second.calls);
    assertEquals("main", pair.peer());
    assertTrue(pair.bidirectional());
  }
}
