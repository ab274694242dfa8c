/** Iterative save and load of guest RAM. */
@NullMarked
package org.godwit.savestate.ram;

import org.jspecify.annotations.NullMarked;
