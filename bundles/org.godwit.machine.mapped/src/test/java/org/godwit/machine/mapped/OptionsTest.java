package org.godwit.machine.mapped;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  private static Options options(String... pairs) {
    Map<String, String> map = pairs.length == 0 ? Map.of() : Map.of(pairs[0], pairs[1]);
    return new Options(new MachineSpec("m", 4096, map));
  }

  @Test
  void shouldReadNumbersWithSuffixes() throws Exception {
    assertEquals(7, options().number("n", 7, 0, 10));
    assertEquals(-5, options("n", "-5").number("n", 0, -10, 10));
    assertEquals(3L << 30, options("n", "3G").number("n", 0, 0, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "K", "1KK", "x", "99999999999999999999", "9999999999T", "11"})
  void shouldRefuseWhatIsNoNumberInRange(String text) {
    MachineException e =
        assertThrows(MachineException.class, () -> options("n", text).number("n", 0, 0, 10));
    assertTrue(e.getMessage().contains("Option n"), e.getMessage());
  }

  @Test
  void shouldNameTheWordsItAllows() throws Exception {
    assertEquals(Backing.MEMFD, options("b", "memfd").word("b", Backing.ANONYMOUS));
    MachineException e =
        assertThrows(
            MachineException.class, () -> options("b", "disk").word("b", Backing.ANONYMOUS));
    assertTrue(e.getMessage().endsWith("allowed are anonymous, memfd"), e.getMessage());
  }

  @Test
  void shouldRefuseWhatNobodyAskedFor() throws Exception {
    Options options = options("speed", "1");
    assertEquals(Optional.empty(), options.text("rate"));
    MachineException e = assertThrows(MachineException.class, options::end);
    assertEquals("Option speed is unknown, known are [rate]", e.getMessage());
  }
}
