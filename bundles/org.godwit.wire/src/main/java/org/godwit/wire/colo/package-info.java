/** COLO messages (colo 3). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.colo;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
