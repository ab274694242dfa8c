package org.godwit.api.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MigrationStatusTest {
  @ParameterizedTest
  @EnumSource(MigrationStatus.class)
  void shouldBeFoundByItsName(MigrationStatus status) {
    assertEquals(status, MigrationStatus.of(status.wireName()));
  }

  @ParameterizedTest
  @EnumSource(
      value = MigrationStatus.class,
      names = {"SETUP", "ACTIVE", "PRE_SWITCHOVER", "DEVICE"})
  void shouldFailOrBeCancelledFromEveryStatusUnderWay(MigrationStatus status) {
    assertTrue(status.next().contains(MigrationStatus.FAILED));
    assertTrue(status.next().contains(MigrationStatus.CANCELLING));
    assertFalse(status.isFinal());
  }

  @Test
  void shouldNeverLeaveAFinalStatus() {
    assertTrue(MigrationStatus.COMPLETED.isFinal());
    assertTrue(MigrationStatus.FAILED.isFinal());
    assertTrue(MigrationStatus.CANCELLED.isFinal());
    assertFalse(MigrationStatus.NONE.isFinal());
  }

  @Test
  void shouldNotCancelWhatHasCompleted() {
    assertFalse(MigrationStatus.COMPLETED.next().contains(MigrationStatus.CANCELLING));
    assertFalse(MigrationStatus.CANCELLING.next().contains(MigrationStatus.COMPLETED));
  }
}
