/** Device sections and the vmdescription that tells what is in them (stream-format 7). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.description;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
