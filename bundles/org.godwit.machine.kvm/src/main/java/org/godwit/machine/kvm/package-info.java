/**
 * A guest on {@code /dev/kvm}: RAM in shared memory, one platform thread a vCPU, serial port,
 * interrupt controller and timer in the kernel, all state as field tables.
 *
 * <p>Nothing is exported: users reach it as the {@code MachineProvider} of kind {@code kvm}.
 */
@NullMarked
package org.godwit.machine.kvm;

import org.jspecify.annotations.NullMarked;
