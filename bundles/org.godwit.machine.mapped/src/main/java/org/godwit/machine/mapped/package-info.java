/**
 * What machines with memory in this process share: blocks, output, run state, the receiving side.
 *
 * <p>Embedded by the machine bundles that need it; not exported.
 */
@NullMarked
package org.godwit.machine.mapped;

import org.jspecify.annotations.NullMarked;
