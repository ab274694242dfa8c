package org.godwit.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.migration.Sizes;
import org.godwit.shell.migration.SettingsOptions;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

class CommandFunctionTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Command(name = "try", description = "Fail as told.")
  static final class Try extends ShellCommand {
    @Parameters(paramLabel = "HOW", description = "How to fail.")
    private String how = "";

    @Mixin private SettingsOptions settings = new SettingsOptions();

    @Override
    public void run() throws Exception {
      settings.apply(org.godwit.api.migration.Settings.defaults());
      switch (how) {
        case "io" -> throw new IOException("Cannot do it", new ConnectException("refused"));
        case "own" -> throw new CommandFailure(3, "My own status");
        case "size" -> {
          long bytes = Sizes.parse("1X");
          terminal().out().print(bytes);
        }
        case "request" ->
            throw new MigrationException(Fault.REQUEST, GuestLocation.SOURCE, "No such URI.");
        case "silent" -> terminal().err().print("");
        case "late" -> {
          print(JsonNodeFactory.instance.objectNode().put("how", how));
          throw new CommandFailure("Too late");
        }
        default -> print(JsonNodeFactory.instance.objectNode().put("how", "100 %d"));
      }
    }
  }

  @Test
  void shouldTellUsageErrorsInOneSentenceWithStatusTwo() {
    CommandFailure failure = assertThrows(CommandFailure.class, () -> run("x", "--nonsense"));
    assertEquals(2, failure.status());
    assertTrue(failure.getMessage().contains("--nonsense"), failure.getMessage());
    assertTrue(failure.getMessage().lines().count() == 1);
    assertEquals(2, assertThrows(CommandFailure.class, () -> run()).status());
  }

  @Test
  void shouldTellARequestThatTheEngineRefusesWithStatusTwo() {
    CommandFailure failure = assertThrows(CommandFailure.class, () -> run("request"));
    assertEquals(2, failure.status());
    assertEquals("No such URI.", failure.getMessage());
  }

  @Test
  void shouldTellWrongSettingsWithStatusTwo() {
    CommandFailure failure =
        assertThrows(CommandFailure.class, () -> run("x", "--capability", "teleport"));
    assertEquals(2, failure.status());
    assertTrue(failure.getMessage().startsWith("There is no capability \"teleport\""));
    CommandFailure range =
        assertThrows(CommandFailure.class, () -> run("x", "--parameter", "downtime-limit=2000001"));
    assertTrue(range.getMessage().contains("downtime-limit"), range.getMessage());
  }

  @Test
  void shouldSayTheCauseWithTheFailureAndNoStackTrace() {
    CommandFailure failure = assertThrows(CommandFailure.class, () -> run("io"));
    assertEquals("Cannot do it: refused", failure.getMessage());
    assertEquals(1, failure.status());
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void shouldShowStackTraceOnlyWhenAsked() {
    assertThrows(CommandFailure.class, () -> run("io", "--verbose"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("ConnectException"));
  }

  @Test
  void shouldKeepTheStatusOfACommand() {
    assertEquals(3, assertThrows(CommandFailure.class, () -> run("own")).status());
  }

  @Test
  void shouldPrintJsonAsItIs() throws Exception {
    run("fine");
    assertTrue(out.toString(StandardCharsets.UTF_8).contains("\"100 %d\""));
  }

  @Test
  void shouldAnswerAFailureInJsonWhereJsonIsWanted() throws Exception {
    for (String how : new String[] {"io", "own", "size", "--nonsense"}) {
      out.reset();
      CommandFailure failure =
          assertThrows(CommandFailure.class, () -> run("--json", "--capability=events", how));
      JsonNode error = new ObjectMapper().readTree(out.toByteArray()).path("error");
      assertEquals(failure.getMessage(), error.path("desc").asText());
      assertEquals(failure.status(), error.path("status").asInt());
    }
  }

  @Test
  void shouldAnswerOneDocumentOnly() throws Exception {
    assertThrows(CommandFailure.class, () -> run("--json", "late"));
    JsonNode document = new ObjectMapper().readTree(out.toByteArray());
    assertEquals("late", document.path("how").asText());
    assertFalse(document.has("error"));
    out.reset();
    run("--json", "silent");
    assertEquals("{}", out.toString(StandardCharsets.UTF_8).replaceAll("\\s", ""));
  }

  @Test
  void shouldNotTellHowJavaReadsNumbers() {
    CommandFailure size = assertThrows(CommandFailure.class, () -> run("size"));
    assertEquals("\"1X\" is no size like 512M or 2G", size.getMessage());
    CommandFailure time = assertThrows(CommandFailure.class, () -> run("x", "--timeout=soon"));
    assertTrue(time.getMessage().contains("'soon' is not a number"), time.getMessage());
  }

  @Test
  void shouldRefuseATimeoutThatIsNone() {
    for (String value : new String[] {"0", "-1", "NaN"}) {
      CommandFailure failure =
          assertThrows(CommandFailure.class, () -> run("x", "--timeout", value));
      assertEquals(2, failure.status());
      assertTrue(failure.getMessage().startsWith("--timeout must be more than 0 seconds"));
    }
  }

  @Test
  void shouldTellTheLauncherItsStatusWithoutATypeOfItsOwn() {
    IntSupplier seen = assertThrows(CommandFailure.class, () -> run("own"));
    assertEquals(3, seen.getAsInt());
  }

  @Test
  void shouldExplainItself() throws Exception {
    run("--help");
    assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("Usage: try "));
  }

  private void run(String... words) throws Exception {
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            80,
            Path.of("."));
    CommandFunction.run(new CommandLine(new Try()), words, terminal);
  }
}
