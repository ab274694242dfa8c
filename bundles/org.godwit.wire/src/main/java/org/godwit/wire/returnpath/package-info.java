/** Messages of the return path (commands-and-return-path 3). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.returnpath;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
