/**
 * What is saved: sections, live state, device state as data.
 *
 * <p>Save-state providers (<code>savestate.*</code>) and machine providers import {@code
 * [0.2,0.3)}. Format source: specification <code>stream-format</code>, sections 3 and 7.
 */
@Export
@Version("0.2.0")
@NullMarked
package org.godwit.api.savestate;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
