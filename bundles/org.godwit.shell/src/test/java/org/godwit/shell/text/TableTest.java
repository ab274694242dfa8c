package org.godwit.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void shouldAlignTextLeftAndNumbersRight() {
    Table table = new Table("NAME", "SIZE").row("a", "1 B").row("longer", "20 B");
    assertEquals(List.of("NAME    SIZE", "a        1 B", "longer  20 B"), table.lines());
  }

  @Test
  void shouldShowDashForEmptyCells() {
    assertEquals(List.of("a  -"), Table.plain().row("a", "").lines());
  }
}
