package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.godwit.linux.Kvm;
import org.godwit.linux.LinuxException;

/** What CPUID shows to a guest: all that the host's KVM offers, with the vCPU's own APIC number. */
final class Cpuid {
  private static final int EBX = 16;
  private static final int EDX = 24;
  private static final int APIC_SHIFT = 24;

  private Cpuid() {}

  static MemorySegment of(Kvm kvm, Arena arena, int vcpu) throws LinuxException {
    MemorySegment list = kvm.supportedCpuid(arena);
    int count = list.get(ValueLayout.JAVA_INT, 0);
    for (int i = 0; i < count; i++) {
      adapt(list.asSlice(Kvm.CPUID_HEADER + (long) i * Kvm.CPUID_ENTRY, Kvm.CPUID_ENTRY), vcpu);
    }
    return list;
  }

  private static void adapt(MemorySegment entry, int vcpu) {
    switch (entry.get(ValueLayout.JAVA_INT, 0)) {
      case 0x1 -> {
        int ebx = entry.get(ValueLayout.JAVA_INT, EBX) & (1 << APIC_SHIFT) - 1;
        entry.set(ValueLayout.JAVA_INT, EBX, ebx | vcpu << APIC_SHIFT);
      }
      case 0xb, 0x1f -> entry.set(ValueLayout.JAVA_INT, EDX, vcpu);
      default -> {
        // shown as the host has it
      }
    }
  }
}
