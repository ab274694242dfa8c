/** Inputs, outputs, and the top level of QEMU's migration stream (stream-format 0 to 3, 10). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
