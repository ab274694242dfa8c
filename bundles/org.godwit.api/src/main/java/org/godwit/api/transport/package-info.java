/**
 * Moving bytes between two ends: the service interface that every <code>transport.*</code> bundle
 * implements.
 *
 * <p>Providers import {@code [0.1,0.2)}. A provider proves itself with the <code>TransportContract
 * </code> of <code>org.godwit.tck</code>.
 */
@Export
@Version("0.2.0")
@NullMarked
package org.godwit.api.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
