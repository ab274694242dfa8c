package org.godwit.shell.migration;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;

/** {@code query-migrate-parameters}. */
@Command(name = "query-migrate-parameters", description = "List parameters with their values.")
final class QueryParameters extends ShellCommand {
  private final SessionSettings session;

  QueryParameters(SessionSettings session) {
    this.session = session;
  }

  @Override
  public void run() throws IOException {
    Settings settings = session.current();
    Table table = new Table("PARAMETER", "VALUE", "UNIT", "DEFAULT");
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (Parameter parameter : Parameter.values()) {
      Object value = settings.value(parameter);
      table.row(parameter.wireName(), value, unit(parameter), parameter.defaultValue());
      node.putPOJO(parameter.wireName(), value);
    }
    if (json()) {
      print(node);
    } else {
      table.print(terminal().out());
    }
  }

  private static String unit(Parameter parameter) {
    return switch (parameter.unit()) {
      case NONE -> parameter.choices().isEmpty() ? "" : String.join("|", parameter.choices());
      case PERCENT -> "%";
      case MILLISECONDS -> "ms";
      case BYTES_PER_SECOND -> "bytes/s";
      case MEBIBYTES_PER_SECOND -> "MiB/s";
      case COUNT, BYTES -> parameter.unit().name().toLowerCase(Locale.ROOT);
    };
  }
}
