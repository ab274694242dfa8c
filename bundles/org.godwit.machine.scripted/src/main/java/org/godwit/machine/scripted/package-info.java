/** A deterministic guest of native threads that runs where there is no KVM. */
@NullMarked
package org.godwit.machine.scripted;

import org.jspecify.annotations.NullMarked;
