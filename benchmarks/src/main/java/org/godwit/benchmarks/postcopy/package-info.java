/** Postcopy between Godwit and QEMU, seen from the guest. */
@NullMarked
package org.godwit.benchmarks.postcopy;

import org.jspecify.annotations.NullMarked;
