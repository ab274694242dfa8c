/** A channel over file descriptors, embedded by the transports that need one. */
@NullMarked
package org.godwit.transport.descriptor;

import org.jspecify.annotations.NullMarked;
