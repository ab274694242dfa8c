package org.godwit.shell.migration;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.CapabilityRule.Side;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;

/** {@code query-migrate-capabilities}. */
@Command(
    name = "query-migrate-capabilities",
    description = "List capabilities, their state and whether this installation has them.")
final class QueryCapabilities extends ShellCommand {
  private final MigrationService engine;
  private final SessionSettings session;

  QueryCapabilities(MigrationService engine, SessionSettings session) {
    this.engine = engine;
    this.session = session;
  }

  @Override
  public void run() throws IOException {
    Settings settings = session.current();
    Table table = new Table("CAPABILITY", "STATE", "USABLE");
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Capability capability : Capability.values()) {
      boolean on = settings.has(capability);
      boolean usable = on || usable(settings.with(capability, true));
      table.row(capability.wireName(), on ? "on" : "off", usable ? "yes" : "no");
      list.addObject()
          .put("capability", capability.wireName())
          .put("state", on)
          .put("x-godwit-usable", usable);
    }
    if (json()) {
      print(list);
    } else {
      table.print(terminal().out());
    }
  }

  private boolean usable(Settings settings) {
    try {
      engine.check(settings, Side.SOURCE);
      return true;
    } catch (MigrationException e) {
      return false; // that is the answer
    }
  }
}
