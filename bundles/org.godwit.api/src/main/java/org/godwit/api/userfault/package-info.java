/**
 * Missing-page traps: the service interface of <code>userfault.*</code> bundles.
 *
 * <p>Providers import {@code [0.2,0.3)} and prove themselves with the <code>UserfaultContract
 * </code> of <code>org.godwit.tck</code>.
 */
@Export
@Version("0.2.0")
@NullMarked
package org.godwit.api.userfault;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
