/** Reading whole recordings: everything that may be in a forward stream, told to a visitor. */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.walk;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
