package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.migration.MigrationStatus;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final List<MigrationStatus> heard = new ArrayList<>();
  private final Lifecycle lifecycle = new Lifecycle(heard::add);

  @Test
  void shouldRefuseATransitionThatIsNotLegal() {
    lifecycle.begin();
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class, () -> lifecycle.conclude(MigrationStatus.COMPLETED));
    assertTrue(String.valueOf(refused.getMessage()).contains("SETUP to COMPLETED"));
    assertEquals(MigrationStatus.SETUP, lifecycle.status());
  }

  @Test
  void shouldTakeNoFurtherStepAfterItWasEnded() throws Exception {
    lifecycle.begin();
    lifecycle.advance(MigrationStatus.ACTIVE);
    assertTrue(lifecycle.endIf(new EndCause.Cancelled(), () -> true));
    assertFalse(lifecycle.endIf(new EndCause.ServiceGone("late"), () -> true), "first one counts");
    assertThrows(EndedException.class, () -> lifecycle.advance(MigrationStatus.DEVICE));
    assertThrows(EndedException.class, () -> lifecycle.checked(() -> heard.clear()));
    lifecycle.conclude(MigrationStatus.CANCELLED);
    assertEquals(
        List.of(
            MigrationStatus.SETUP,
            MigrationStatus.ACTIVE,
            MigrationStatus.CANCELLING,
            MigrationStatus.CANCELLED),
        heard);
  }

  @Test
  void shouldAskTheConditionBeforeItEnds() {
    lifecycle.begin();
    assertFalse(lifecycle.endIf(new EndCause.Cancelled(), () -> false));
    assertEquals(MigrationStatus.SETUP, lifecycle.status());
  }
}
