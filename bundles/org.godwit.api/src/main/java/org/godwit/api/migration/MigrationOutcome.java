package org.godwit.api.migration;

import java.util.Optional;
import org.godwit.api.machine.Machine;

/**
 * How a migration ended.
 *
 * @param status a final status
 * @param guest where the guest is
 * @param error why it did not complete; empty if it did or was cancelled
 * @param statistics final figures
 * @param machine for an incoming migration: the machine that arrived; present if it completed, and
 *     also if it failed with {@link GuestLocation#UNCERTAIN} or {@link GuestLocation#DESTINATION}:
 *     then the guest is whole but stopped, and whoever knows that the source does not run it may
 *     start it by hand. Whoever takes the outcome closes the machine
 */
public record MigrationOutcome(
    MigrationStatus status,
    GuestLocation guest,
    Optional<MigrationException> error,
    MigrationStatistics statistics,
    Optional<Machine> machine) {}
