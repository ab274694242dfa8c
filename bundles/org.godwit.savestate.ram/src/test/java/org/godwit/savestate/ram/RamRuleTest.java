package org.godwit.savestate.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule.Side;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RamRuleTest {
  private final RamRule rule = new RamRule();

  @ParameterizedTest
  @EnumSource(
      value = Capability.class,
      names = {"IGNORE_SHARED", "MULTIFD", "MAPPED_RAM", "COMPRESS", "BACKGROUND_SNAPSHOT"})
  void shouldNotCombinePostcopyWithWhatCannotFollow(Capability other) {
    Settings settings = Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(other, true);
    String conflict = rule.conflict(settings, Side.SOURCE).orElseThrow();
    assertTrue(conflict.contains("postcopy-ram"), conflict);
    assertTrue(conflict.contains(other.wireName()), conflict);
  }

  @Test
  void shouldKnowWhereAChannelForRequestedPagesMakesSense() {
    Settings alone = Settings.defaults().with(Capability.POSTCOPY_PREEMPT, true);
    Settings both = alone.with(Capability.POSTCOPY_RAM, true);
    assertTrue(rule.conflict(alone, Side.SOURCE).orElseThrow().contains("needs postcopy-ram"));
    assertEquals(Optional.empty(), rule.conflict(both, Side.SOURCE));
    assertEquals(Optional.empty(), rule.conflict(both, Side.DESTINATION));
  }

  @Test
  void shouldTakeDifferencesBeforePostcopy() {
    Settings settings =
        Settings.defaults().with(Capability.POSTCOPY_RAM, true).with(Capability.XBZRLE, true);
    assertEquals(Optional.empty(), rule.conflict(settings, Side.DESTINATION));
  }
}
