/** Migration channels over TCP. */
@NullMarked
package org.godwit.transport.tcp;

import org.jspecify.annotations.NullMarked;
