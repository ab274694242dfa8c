/** A small guest on /dev/kvm. */
@NullMarked
package org.godwit.machine.kvm;

import org.jspecify.annotations.NullMarked;
