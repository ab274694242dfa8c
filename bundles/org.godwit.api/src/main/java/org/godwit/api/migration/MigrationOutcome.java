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
 * @param machine for an incoming migration that completed: the machine that arrived
 */
public record MigrationOutcome(
    MigrationStatus status,
    GuestLocation guest,
    Optional<MigrationException> error,
    MigrationStatistics statistics,
    Optional<Machine> machine) {}
