/** A QEMU process driven over QMP. */
@NullMarked
package org.godwit.machine.qemu;

import org.jspecify.annotations.NullMarked;
