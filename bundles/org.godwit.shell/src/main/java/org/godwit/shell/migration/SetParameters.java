package org.godwit.shell.migration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code migrate-set-parameters}, and {@code migrate-set-parameter NAME VALUE} of QEMU's HMP.
 * Running migrations get the new values too.
 */
@Command(
    name = "migrate-set-parameters",
    description = "Set parameters: NAME=VALUE …, or one NAME VALUE.")
class SetParameters extends ShellCommand {
  private final MigrationService engine;
  private final SessionSettings session;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME=VALUE",
      description = "Parameter and value; query-migrate-parameters lists them.")
  private List<String> words = new ArrayList<>();

  SetParameters(MigrationService engine, SessionSettings session) {
    this.engine = engine;
    this.session = session;
  }

  @Override
  public void run() throws Exception {
    Map<String, String> values = values();
    session.change(settings -> apply(settings, values), engine);
    for (Migration migration : engine.migrations()) {
      if (!migration.status().isFinal()) {
        values.forEach((name, value) -> migration.set(SettingsOptions.parameter(name), value));
      }
    }
  }

  private static Settings apply(Settings settings, Map<String, String> values) {
    Settings changed = settings;
    for (Map.Entry<String, String> value : values.entrySet()) {
      changed = SettingsOptions.withParameter(changed, value.getKey(), value.getValue());
    }
    return changed;
  }

  private Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    if (words.size() == 2 && !words.get(0).contains("=")) {
      values.put(words.get(0), words.get(1));
      return values;
    }
    for (String word : words) {
      values.put(name(word), value(word));
    }
    return values;
  }

  /** The part of {@code NAME=VALUE} in front. */
  static String name(String word) {
    int equals = word.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("\"" + word + "\" is not NAME=VALUE");
    }
    return word.substring(0, equals);
  }

  /** The part of {@code NAME=VALUE} behind. */
  static String value(String word) {
    return word.substring(word.indexOf('=') + 1);
  }

  /** The name that QEMU's HMP has. */
  @Command(name = "migrate-set-parameter", description = "Set one parameter: NAME VALUE.")
  static final class One extends SetParameters {
    One(MigrationService engine, SessionSettings session) {
      super(engine, session);
    }
  }
}
