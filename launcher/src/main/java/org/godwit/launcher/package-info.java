/**
 * The {@code godwit} program: starts an OSGi container from a distribution and runs what was asked
 * for in it.
 */
@NullMarked
package org.godwit.launcher;

import org.jspecify.annotations.NullMarked;
