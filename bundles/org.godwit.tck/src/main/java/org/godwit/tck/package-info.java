/** Contract tests that every transport, save-state handler and userfault backend must pass. */
@Export
@NullMarked
@Version("0.1.0")
package org.godwit.tck;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
