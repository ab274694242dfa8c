package org.godwit.api.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsTest {
  @Test
  void shouldHaveQemusDefaults() {
    Settings settings = Settings.defaults();
    assertEquals(134_217_728L, settings.number(Parameter.MAX_BANDWIDTH));
    assertEquals(300L, settings.number(Parameter.DOWNTIME_LIMIT));
    assertEquals(67_108_864L, settings.number(Parameter.XBZRLE_CACHE_SIZE));
    assertEquals("none", settings.text(Parameter.MULTIFD_COMPRESSION));
    assertFalse(settings.flag(Parameter.CPU_THROTTLE_TAILSLOW));
    assertEquals(Set.of(Capability.RETURN_PATH), settings.capabilities());
  }

  @Test
  void shouldLeaveTheOriginalUnchanged() {
    Settings before = Settings.defaults();
    Settings after = before.with(Capability.XBZRLE, true).with(Parameter.DOWNTIME_LIMIT, 5);
    assertFalse(before.has(Capability.XBZRLE));
    assertTrue(after.has(Capability.XBZRLE));
    assertEquals(300L, before.number(Parameter.DOWNTIME_LIMIT));
    assertEquals(5L, after.number(Parameter.DOWNTIME_LIMIT));
    assertFalse(after.with(Capability.XBZRLE, false).has(Capability.XBZRLE));
  }

  @ParameterizedTest
  @EnumSource(Parameter.class)
  void shouldAcceptItsOwnDefault(Parameter parameter) {
    String text = parameter.defaultValue().toString();
    assertEquals(parameter.defaultValue(), parameter.parse(text));
    assertEquals(Optional.of(parameter), Parameter.find(parameter.wireName()));
  }

  @ParameterizedTest
  @EnumSource(Capability.class)
  void shouldFindEveryCapabilityByItsName(Capability capability) {
    assertEquals(Optional.of(capability), Capability.find(capability.wireName()));
  }

  @Test
  void shouldUnderstandOlderNames() {
    assertEquals(Optional.of(Capability.POSTCOPY_RAM), Capability.find("x-postcopy-ram"));
    assertEquals(Optional.of(Capability.COLO), Capability.find("x-colo"));
    assertEquals(Optional.empty(), Capability.find("postcopy"));
  }

  @ParameterizedTest
  @CsvSource({
    "DOWNTIME_LIMIT, 2000001, downtime-limit must be from 0 to 2000000",
    "DOWNTIME_LIMIT, soon, must be an integer",
    "XBZRLE_CACHE_SIZE, 5M, must be a power of two",
    "DIRECT_IO, maybe, must be on or off",
    "MULTIFD_COMPRESSION, lz4, must be one of",
  })
  void shouldRefuseBadValuesInASentence(Parameter parameter, String text, String expected) {
    var error = assertThrows(IllegalArgumentException.class, () -> parameter.parse(text));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "4k, 4096", "512M, 536870912", "2GiB, 2147483648", "1T, 1099511627776"})
  void shouldReadSizes(String text, long expected) {
    assertEquals(expected, Sizes.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"''", "M", "1.5G", "9999999999T", "12X"})
  void shouldRefuseWhatIsNoSize(String text) {
    assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
  }
}
