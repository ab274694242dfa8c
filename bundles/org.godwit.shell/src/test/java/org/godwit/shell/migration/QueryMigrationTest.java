package org.godwit.shell.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.CapabilityRule;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.Migration.Direction;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.CommandFunction;
import org.godwit.shell.command.Terminal;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class QueryMigrationTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<Migration> known = new ArrayList<>();

  @Test
  void shouldFailForAMachineThatNeverMigrated() throws Exception {
    known.add(new FakeMigration(Direction.OUTGOING, MigrationStatus.ACTIVE));
    CommandFailure failure = assertThrows(CommandFailure.class, () -> run("nobody", "--json"));
    assertEquals("No migration of a machine \"nobody\" is known", failure.getMessage());
    assertEquals(CommandFailure.FAILED, failure.status());
    assertEquals(failure.getMessage(), document().at("/error/desc").asText());
  }

  @Test
  void shouldTellOfTheMachineThatIsNamed() throws Exception {
    known.add(new FakeMigration(Direction.OUTGOING, MigrationStatus.ACTIVE));
    run("vm", "--json");
    assertEquals("vm", document().path("x-godwit-machine").asText());
  }

  @Test
  void shouldTellNothingAsQemuDoesWhereNothingWasAskedForAndNothingIs() throws Exception {
    run("--json");
    assertTrue(document().isEmpty());
  }

  private JsonNode document() throws Exception {
    return new ObjectMapper().readTree(bytes.toByteArray());
  }

  private void run(String... words) throws Exception {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(out, out, false, 80, Path.of("."));
    CommandFunction.run(new CommandLine(new QueryMigration(engine())), words, terminal);
  }

  private MigrationService engine() {
    return new MigrationService() {
      @Override
      public Migration migrate(Machine machine, String uri, Settings settings) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Migration incoming(
          IncomingMachine machine, String uri, Settings settings, boolean start) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void check(Settings settings, CapabilityRule.Side side) {
        throw new UnsupportedOperationException();
      }

      @Override
      public List<Migration> migrations() {
        return known;
      }
    };
  }
}
