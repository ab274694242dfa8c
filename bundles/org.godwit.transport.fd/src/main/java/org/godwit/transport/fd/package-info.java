/**
 * Migration channels over file descriptors that are handed in: inherited by number, or added by
 * name through {@link org.godwit.transport.fd.NamedDescriptors}.
 *
 * <p>Programs that hand descriptors over import {@code [0.1,1)}; this bundle is the only provider.
 */
@Export
@NullMarked
@Version("0.1.0")
package org.godwit.transport.fd;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
