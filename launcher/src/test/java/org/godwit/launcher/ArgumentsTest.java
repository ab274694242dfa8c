package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void shouldShowHelpWhenNothingIsAskedFor() throws UsageException {
    assertEquals(new Task.Command("help", List.of()), Arguments.parse().task());
  }

  @Test
  void shouldPassTheArgumentsOfACommandOnAsTheyAre() throws UsageException {
    Task task = Arguments.parse("demo", "--guest", "kvm", "--verbose", "a b").task();
    assertEquals(new Task.Command("demo", List.of("--guest", "kvm", "--verbose", "a b")), task);
  }

  @Test
  void shouldTakeOptionsOfTheProgramBeforeTheCommandOnly() throws UsageException {
    assertEquals("DEBUG", Arguments.parse("--debug", "version").logLevel());
    assertEquals("ERROR", Arguments.parse("version", "--debug").logLevel());
    assertEquals("WARN", Arguments.parse("node").logLevel());
  }

  @Test
  void shouldReadANodeWithoutShellAndItsLoadFolder() throws UsageException {
    Task task = Arguments.parse("node", "--no-shell", "--load", "/x").task();
    assertEquals(new Task.Node(false, Optional.of(Path.of("/x"))), task);
  }

  @Test
  void shouldReadAScriptFromStandardInput() throws UsageException {
    assertEquals(
        new Task.Script(Optional.empty(), List.of("a")), Arguments.parse("run", "-", "a").task());
  }

  @Test
  void shouldNameTheOptionThatLacksItsValue() {
    UsageException refused =
        assertThrows(UsageException.class, () -> Arguments.parse("node", "--load"));
    assertEquals("--load needs an argument", refused.getMessage());
  }

  @Test
  void shouldRefuseAnUnknownOption() {
    UsageException refused =
        assertThrows(UsageException.class, () -> Arguments.parse("--nonsense"));
    assertTrue(refused.getMessage().contains("'--nonsense'"), refused.getMessage());
  }
}
