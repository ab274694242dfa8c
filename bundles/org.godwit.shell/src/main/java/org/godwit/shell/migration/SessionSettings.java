package org.godwit.shell.migration;

import java.util.function.UnaryOperator;
import org.godwit.api.migration.CapabilityRule.Side;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationService;
import org.godwit.api.migration.Settings;
import org.osgi.service.component.annotations.Component;

/**
 * The settings that {@code migrate-set-capabilities} and {@code migrate-set-parameters} change: one
 * for the container, as in a QEMU process. Thread-safe.
 */
@Component(service = SessionSettings.class)
public final class SessionSettings {
  private Settings current = Settings.defaults();

  /** Settings as they are now. */
  public synchronized Settings current() {
    return current;
  }

  /**
   * Changes the settings if the engine accepts the result for either side.
   *
   * @throws MigrationException with a sentence; nothing has changed then
   */
  public synchronized void change(UnaryOperator<Settings> change, MigrationService engine)
      throws MigrationException {
    Settings changed = change.apply(current);
    engine.check(changed, Side.SOURCE);
    engine.check(changed, Side.DESTINATION);
    current = changed;
  }
}
