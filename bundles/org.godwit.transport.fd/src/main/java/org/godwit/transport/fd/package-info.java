/** Migration channels over file descriptors that are handed in. */
@NullMarked
package org.godwit.transport.fd;

import org.jspecify.annotations.NullMarked;
