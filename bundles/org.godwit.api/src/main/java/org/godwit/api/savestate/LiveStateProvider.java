package org.godwit.api.savestate;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes live states; registered as a service. The service ranking tells the order of sections
 * (higher first). Thread-safe.
 */
@ConsumerType
public interface LiveStateProvider {

  /**
   * The state of one outgoing migration.
   *
   * @param context the migration
   * @return empty if this migration has no such state
   */
  Optional<LiveState> outgoing(OutgoingContext context);

  /**
   * The state of one incoming migration.
   *
   * @param context the migration
   * @return empty if this migration can have no such state
   */
  Optional<LiveLoad> incoming(IncomingContext context);
}
