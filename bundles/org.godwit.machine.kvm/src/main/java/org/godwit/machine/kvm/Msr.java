package org.godwit.machine.kvm;

/** Model specific registers that move with a vCPU, where the host has them. */
enum Msr {
  TSC(0x10),
  TSC_ADJUST(0x3b),
  SPEC_CTRL(0x48),
  SYSENTER_CS(0x174),
  SYSENTER_ESP(0x175),
  SYSENTER_EIP(0x176),
  MISC_ENABLE(0x1a0),
  PAT(0x277),
  MTRR_DEF_TYPE(0x2ff),
  XSS(0xda0),
  STAR(0xc000_0081),
  LSTAR(0xc000_0082),
  CSTAR(0xc000_0083),
  SYSCALL_MASK(0xc000_0084),
  KERNEL_GS_BASE(0xc000_0102),
  TSC_AUX(0xc000_0103),
  KVM_WALL_CLOCK(0x4b56_4d00),
  KVM_SYSTEM_TIME(0x4b56_4d01),
  KVM_ASYNC_PF(0x4b56_4d02),
  KVM_STEAL_TIME(0x4b56_4d03),
  KVM_PV_EOI(0x4b56_4d04),
  /** Last: it counts only once the local APIC is there. */
  TSC_DEADLINE(0x6e0);

  private final int index;

  Msr(int index) {
    this.index = index;
  }

  int index() {
    return index;
  }

  /** The name of its field on the wire. */
  String field() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
