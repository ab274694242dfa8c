/**
 * What migrates: machines, their RAM blocks, dirty logs and run control.
 *
 * <p>Machine providers (<code>machine.*</code> bundles) implement these types and import {@code
 * [0.2,0.3)}; the coordinator, save-state handlers and embedding programs consume them and import
 * {@code [0.1,1)}.
 */
@Export
@Version("0.2.0")
@NullMarked
package org.godwit.api.machine;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
