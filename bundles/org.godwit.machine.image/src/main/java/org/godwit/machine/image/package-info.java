/**
 * A machine at rest: a directory with the RAM blocks as sparse files, the device sections byte for
 * byte, and a manifest with digests.
 *
 * <p>Nothing here is exported: other bundles use the services {@code MachineProvider} (kind {@code
 * image}) and {@code ImageStore}.
 */
@NullMarked
package org.godwit.machine.image;

import org.jspecify.annotations.NullMarked;
