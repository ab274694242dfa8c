package org.godwit.shell.migration;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code migrate-set-capabilities}, and {@code migrate-set-capability NAME on|off} of QEMU's HMP.
 */
@Command(
    name = "migrate-set-capabilities",
    description = "Switch capabilities on or off: NAME=on …, or one NAME on.")
class SetCapabilities extends ShellCommand {
  private final MigrationService engine;
  private final SessionSettings session;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME=on|off",
      description = "Capability and state; query-migrate-capabilities lists them.")
  private List<String> words = new ArrayList<>();

  SetCapabilities(MigrationService engine, SessionSettings session) {
    this.engine = engine;
    this.session = session;
  }

  @Override
  public void run() throws Exception {
    session.change(this::apply, engine);
  }

  private Settings apply(Settings settings) {
    if (words.size() == 2 && words.stream().noneMatch(word -> word.contains("="))) {
      return SettingsOptions.withCapability(settings, words.get(0) + "=" + words.get(1));
    }
    Settings changed = settings;
    for (String word : words) {
      changed = SettingsOptions.withCapability(changed, word);
    }
    return changed;
  }

  /** The name that QEMU's HMP has. */
  @Command(
      name = "migrate-set-capability",
      description = "Switch one capability on or off: NAME on|off.")
  static final class One extends SetCapabilities {
    One(MigrationService engine, SessionSettings session) {
      super(engine, session);
    }
  }
}
