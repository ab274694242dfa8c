package org.godwit.shell.migration;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import org.godwit.shell.text.Units;
import picocli.CommandLine.Command;

/** {@code migrate-list}. */
@Command(name = "migrate-list", description = "List the migrations of this container.")
final class ListMigrations extends ShellCommand {
  private final MigrationService engine;

  ListMigrations(MigrationService engine) {
    this.engine = engine;
  }

  @Override
  public void run() throws IOException {
    Table table = new Table("ID", "MACHINE", "DIRECTION", "STATUS", "GUEST", "SENT", "ENDPOINT");
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Migration migration : engine.migrations()) {
      table.row(
          migration.id(),
          migration.machine(),
          QueryMigrate.direction(migration),
          migration.status().wireName(),
          migration.guest().wireName(),
          Units.bytes(migration.statistics().transferred()),
          migration.endpoint());
      list.add(QueryMigrate.of(migration));
    }
    if (json()) {
      print(list);
    } else {
      print(table, "No migration yet");
    }
  }
}
