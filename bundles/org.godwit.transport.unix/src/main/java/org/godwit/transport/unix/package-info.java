/** Migration channels over Unix domain sockets. */
@NullMarked
package org.godwit.transport.unix;

import org.jspecify.annotations.NullMarked;
