/** Commands of the forward stream (commands-and-return-path 1 and 2). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.command;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
