/** Benchmarks of what <code>savestate.ram</code> does not export. */
@NullMarked
package org.godwit.savestate.ram;

import org.jspecify.annotations.NullMarked;
