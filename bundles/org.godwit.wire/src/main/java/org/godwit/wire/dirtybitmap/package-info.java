/** The dirty-bitmap section (stream-format 6). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.dirtybitmap;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
