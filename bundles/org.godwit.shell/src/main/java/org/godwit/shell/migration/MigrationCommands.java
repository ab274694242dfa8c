package org.godwit.shell.migration;

import org.godwit.api.migration.MigrationService;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.machine.Machines;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The commands of scope {@code migration}; there while there is an engine. */
@Component(
    service = {},
    immediate = true)
public final class MigrationCommands {
  private final CommandSet commands;

  /** Registers them. */
  @Activate
  public MigrationCommands(
      BundleContext context,
      @Reference MigrationService engine,
      @Reference Machines machines,
      @Reference SessionSettings session) {
    commands =
        new CommandSet(context, "migration")
            .add(() -> new Migrate(engine, machines, session))
            .add(() -> new MigrateIncoming(engine, machines, session))
            .add(() -> new MigrateCancel(engine))
            .add(() -> new MigrateContinue(engine))
            .add(() -> new MigrateStartPostcopy(engine))
            .add(() -> new MigratePause(engine))
            .add(() -> new MigrateRecover(engine))
            .add(() -> new ListMigrations(engine))
            .add(() -> new SetCapabilities(engine, session))
            .add(() -> new SetCapabilities.One(engine, session))
            .add(() -> new SetParameters(engine, session))
            .add(() -> new SetParameters.One(engine, session))
            .add(() -> new QueryMigration(engine))
            .add(() -> new QueryCapabilities(engine, session))
            .add(() -> new QueryParameters(session));
  }

  @Deactivate
  void close() {
    commands.close();
  }
}
