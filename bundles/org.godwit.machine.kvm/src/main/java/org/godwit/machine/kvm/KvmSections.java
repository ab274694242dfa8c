package org.godwit.machine.kvm;

import static org.godwit.api.savestate.StateField.unsigned;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.KvmVm;
import org.godwit.linux.LinuxException;

/** Makes the sections of a machine's kernel state, in the order in which the kernel takes them. */
final class KvmSections {
  private static final int CHIPS = 3;
  private static final int IOAPIC = 2;
  private static final StateLayout MSRS = msrLayout();

  private final List<KvmSection> sections = new ArrayList<>();

  List<KvmSection> sections() {
    return sections;
  }

  /** Interrupt controllers, timer and clock. */
  void machine(KvmVm vm, Host host) {
    if (host.irqchip()) {
      for (int chip = 0; chip < CHIPS; chip++) {
        StructTable table = chip == IOAPIC ? ChipTables.IOAPIC : ChipTables.PIC;
        part(vm, KvmVm.Part.IRQCHIP, table, chip == IOAPIC ? 0 : chip, chip);
      }
      part(vm, KvmVm.Part.PIT2, ChipTables.PIT, 0, 0);
    }
    part(vm, KvmVm.Part.CLOCK, ChipTables.CLOCK, 0, 0);
  }

  private void part(KvmVm vm, KvmVm.Part part, StructTable table, int instance, int chip) {
    add(
        table.layout(),
        instance,
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(table.bytes(), Long.BYTES);
            struct.set(ValueLayout.JAVA_INT, 0, chip);
            vm.get(part, struct);
            return table.read(struct);
          }
        },
        values -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(table.bytes(), Long.BYTES);
            table.write(values, struct);
            if (part == KvmVm.Part.IRQCHIP) {
              struct.set(ValueLayout.JAVA_INT, 0, chip);
            }
            vm.set(part, struct);
          }
        });
  }

  /**
   * A vCPU. Segments and control registers come before what depends on the processor's mode, the
   * local APIC after the register with its address, its timer's MSR after it, events last.
   */
  void vcpu(KvmVcpu vcpu, int number, Host host) {
    Set<KvmVcpu.Part> before =
        EnumSet.of(KvmVcpu.Part.MP_STATE, KvmVcpu.Part.REGS, KvmVcpu.Part.SREGS);
    for (KvmVcpu.Part part : before) {
      part(vcpu, part, number);
    }
    if (host.xsave()) {
      part(vcpu, KvmVcpu.Part.XSAVE, number);
      part(vcpu, KvmVcpu.Part.XCRS, number);
    } else {
      part(vcpu, KvmVcpu.Part.FPU, number);
    }
    part(vcpu, KvmVcpu.Part.DEBUGREGS, number);
    if (host.irqchip()) {
      part(vcpu, KvmVcpu.Part.LAPIC, number);
    }
    add(MSRS, number, () -> readMsrs(vcpu, host), values -> writeMsrs(vcpu, values));
    part(vcpu, KvmVcpu.Part.VCPU_EVENTS, number);
  }

  private void part(KvmVcpu vcpu, KvmVcpu.Part part, int number) {
    StructTable table = VcpuTables.of(part);
    add(
        table.layout(),
        number,
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(table.bytes(), Long.BYTES);
            vcpu.get(part, struct);
            return table.read(struct);
          }
        },
        values -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = arena.allocate(table.bytes(), Long.BYTES);
            table.write(values, struct);
            vcpu.set(part, struct);
          }
        });
  }

  void add(StateLayout layout, int instance, KvmSection.Source source, KvmSection.Sink sink) {
    sections.add(new KvmSection(new SectionKey(layout.name(), instance), layout, source, sink));
  }

  /** Every register, and a mask of those that the source had, by their order here. */
  private static StateLayout msrLayout() {
    List<StateField> fields = new ArrayList<>();
    fields.add(unsigned("present", 64));
    for (Msr msr : Msr.values()) {
      fields.add(unsigned(msr.field(), 64));
    }
    return StateLayout.of("kvm-msrs", 1, fields.toArray(StateField[]::new));
  }

  private static StateValues readMsrs(KvmVcpu vcpu, Host host) {
    StateValues values = new StateValues();
    long present = 0;
    long bit = 1;
    for (Msr msr : Msr.values()) {
      long value = 0;
      if (host.has(msr)) {
        try {
          value = vcpu.msr(msr.index());
          present |= bit;
        } catch (LinuxException listedButHidden) {
          // The list is the host's; this guest's CPUID may not have the feature. Then it has no
          // state either.
          KvmGuest.LOG.debug("{} is not readable", msr, listedButHidden);
        }
      }
      values.put(msr.field(), value);
      bit <<= 1;
    }
    return values.put("present", present);
  }

  private static void writeMsrs(KvmVcpu vcpu, StateValues values) throws LinuxException {
    long present = values.number("present");
    for (Msr msr : Msr.values()) {
      if ((present & 1) != 0) {
        vcpu.msr(msr.index(), values.number(msr.field()));
      }
      present >>>= 1;
    }
  }
}
