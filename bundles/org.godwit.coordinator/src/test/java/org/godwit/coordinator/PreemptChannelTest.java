package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreemptChannelTest {
  private static final Settings ON =
      Settings.defaults()
          .with(Capability.POSTCOPY_RAM, true)
          .with(Capability.POSTCOPY_PREEMPT, true);

  @ParameterizedTest
  @CsvSource({
    "pc-i440fx-7.2, AT_SETUP",
    "pc-q35-2.12, AT_SETUP",
    "pc-q35-7.3, AT_SWITCHOVER",
    "pc-i440fx-8.0, AT_SWITCHOVER",
    "pc-q35-10.0, AT_SWITCHOVER",
    "microvm, AT_SWITCHOVER",
    "x-99999.99999, AT_SWITCHOVER"
  })
  void shouldTellTheGenerationByTheMachineType(String type, PreemptChannel when) {
    assertEquals(when, PreemptChannel.of(ON, type));
  }

  @ParameterizedTest
  @CsvSource({
    "setup, microvm, AT_SETUP",
    "setup, pc-q35-10.0, AT_SETUP",
    "switchover, pc-q35-7.2, AT_SWITCHOVER",
    "auto, pc-q35-7.2, AT_SETUP"
  })
  void shouldBeTheGenerationThatWasNamed(String named, String type, PreemptChannel when) {
    assertEquals(when, PreemptChannel.of(ON.with(Parameter.PREEMPT_CHANNEL, named), type));
  }

  @Test
  void shouldBeThereOnlyIfAskedFor() {
    Settings off = ON.with(Capability.POSTCOPY_PREEMPT, false);
    assertEquals(PreemptChannel.NONE, PreemptChannel.of(off, "pc-q35-10.0"));
  }
}
