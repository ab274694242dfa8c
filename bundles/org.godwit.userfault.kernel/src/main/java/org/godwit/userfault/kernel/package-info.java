/**
 * Sessions over a userfaultfd: what the backends share that let the kernel trap.
 *
 * <p>A plain library, copied into each of those bundles at build time ({@code
 * -conditionalpackage}), so that providers stay independent of each other. It is not exported by
 * anybody.
 */
@NullMarked
package org.godwit.userfault.kernel;

import org.jspecify.annotations.NullMarked;
