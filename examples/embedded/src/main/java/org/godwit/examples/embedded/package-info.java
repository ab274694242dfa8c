/** A plain Java program that launches the engine in its own process and migrates a guest. */
@NullMarked
package org.godwit.examples.embedded;

import org.jspecify.annotations.NullMarked;
