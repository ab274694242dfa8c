package org.godwit.machine.kvm;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.godwit.linux.Kvm;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.KvmVm;
import org.godwit.linux.LinuxException;

/**
 * What this host's KVM can do, as far as machines are built by it.
 *
 * @param irqchip interrupt controllers and timer are in the kernel
 * @param manualProtect the dirty log is cleared in pieces
 * @param xsave extended processor state can be had, else only x87 and SSE
 * @param msrs numbers of the model specific registers it saves and loads
 */
record Host(boolean irqchip, boolean manualProtect, boolean xsave, Set<Integer> msrs) {
  private static final int CAP_IRQCHIP = 0;
  private static final int CAP_USER_MEMORY = 3;
  private static final int CAP_PIT_STATE2 = 35;
  private static final int CAP_VCPU_EVENTS = 41;
  private static final int CAP_DEBUGREGS = 50;
  private static final int CAP_XSAVE = 55;
  private static final int CAP_XCRS = 56;
  private static final int CAP_IMMEDIATE_EXIT = 136;

  static Host of(Kvm kvm) throws LinuxException {
    Set<Integer> msrs = new TreeSet<>();
    for (int msr : kvm.msrs()) {
      msrs.add(msr);
    }
    return new Host(
        kvm.extension(CAP_IRQCHIP) != 0 && kvm.extension(CAP_PIT_STATE2) != 0,
        kvm.extension(KvmVm.CAP_MANUAL_PROTECT) != 0,
        kvm.extension(CAP_XSAVE) != 0 && kvm.extension(CAP_XCRS) != 0,
        Set.copyOf(msrs));
  }

  /** Why no machine can run here; empty if one can. */
  static Optional<String> unsupported() {
    try (Kvm kvm = Kvm.open()) {
      for (int needed :
          new int[] {CAP_USER_MEMORY, CAP_VCPU_EVENTS, CAP_DEBUGREGS, CAP_IMMEDIATE_EXIT}) {
        if (kvm.extension(needed) == 0) {
          return Optional.of("this KVM lacks extension " + needed + ", a newer kernel has it");
        }
      }
      return probe(kvm);
    } catch (LinuxException e) {
      return Optional.of("/dev/kvm cannot be used (is it there, and may you?): " + e.getMessage());
    }
  }

  /** Makes an empty machine for real: some hosts show the device and refuse to work. */
  private static Optional<String> probe(Kvm kvm) throws LinuxException {
    try (KvmVm vm = kvm.createVm();
        KvmVcpu vcpu = vm.createVcpu(0)) {
      return vcpu.runPage().byteSize() > 0 ? Optional.empty() : Optional.of("KVM has no run page");
    }
  }

  boolean has(Msr msr) {
    return msrs.contains(msr.index());
  }
}
