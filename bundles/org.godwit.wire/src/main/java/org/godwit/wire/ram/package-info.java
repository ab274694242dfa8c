/** The RAM section: block list, page records, XBZRLE, mapped-ram header (stream-format 4, 5). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.ram;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
