package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.godwit.coordinator.Ownership.Rule;
import org.godwit.coordinator.Ownership.Stage;
import org.godwit.coordinator.Ownership.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnershipTest {
  @ParameterizedTest
  @CsvSource({
    "HELD,    STARTS_BY_ITSELF, RESUME",
    "HELD,    WAITS_FOR_COMMIT, RESUME",
    "OFFERED, STARTS_BY_ITSELF, UNCERTAIN",
    "OFFERED, WAITS_FOR_COMMIT, RESUME",
    "GIVEN,   STARTS_BY_ITSELF, GIVEN_AWAY",
    "GIVEN,   WAITS_FOR_COMMIT, GIVEN_AWAY"
  })
  void shouldDecideAFailureByStageAndRule(Stage stage, Rule rule, Verdict verdict) {
    assertEquals(verdict, Ownership.verdict(stage, rule));
  }

  @Test
  void shouldNeverComeBack() {
    Ownership ownership = new Ownership();
    assertTrue(ownership.cancellable());
    ownership.advance(Stage.GIVEN);
    assertFalse(ownership.cancellable());
    assertThrows(IllegalStateException.class, () -> ownership.advance(Stage.OFFERED));
  }

  /** A PONG 3 before the package was sent proves nothing. */
  @Test
  void shouldLeaveOnceAndOnlyBehindThePackage() {
    Ownership ownership = new Ownership();
    assertFalse(ownership.leave());
    assertEquals(Stage.HELD, ownership.stage());
    ownership.advance(Stage.SPLIT);
    assertTrue(ownership.leave());
    assertEquals(Stage.LEFT, ownership.stage());
    assertFalse(ownership.leave());
  }
}
