/** Migration channels within one process. */
@NullMarked
package org.godwit.transport.memory;

import org.jspecify.annotations.NullMarked;
