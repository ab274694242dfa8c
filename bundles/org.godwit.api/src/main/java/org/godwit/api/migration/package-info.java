/**
 * The door to the engine: requests, handles, status, capabilities, parameters, statistics and
 * outcomes.
 *
 * <p>The coordinator implements {@link org.godwit.api.migration.MigrationService}; applications,
 * shells and management platforms consume it and import {@code [0.2,1)}. Bundles that bring {@link
 * org.godwit.api.migration.CapabilityRule}s import {@code [0.2,0.3)}.
 */
@Export
@Version("0.2.0")
@NullMarked
package org.godwit.api.migration;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
