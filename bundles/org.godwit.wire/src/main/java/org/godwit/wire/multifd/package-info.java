/** Multifd channels: first message, packets, compression (precopy-engine 7). */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.wire.multifd;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
