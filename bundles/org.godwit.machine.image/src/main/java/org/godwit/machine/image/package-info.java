/** A machine at rest: RAM and device state as received. */
@NullMarked
package org.godwit.machine.image;

import org.jspecify.annotations.NullMarked;
