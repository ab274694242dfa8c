package org.godwit.machine.kvm;

import java.util.EnumMap;
import java.util.Map;
import org.godwit.linux.KvmVcpu.Part;

/** Field tables of a vCPU's state, after {@code struct kvm_*} of the x86 kernel interface. */
final class VcpuTables {
  private static final int XCRS = 16;

  static final StructTable REGS =
      StructTable.named("kvm-regs")
          .unsigned(64, "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp")
          .unsigned(64, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags")
          .end(Part.REGS.bytes());

  static final StructTable SREGS = sregs();

  static final StructTable FPU =
      StructTable.named("kvm-fpu")
          .buffer("fpr", 128)
          .unsigned(16, "fcw", "fsw")
          .unsigned(8, "ftwx")
          .skip(1)
          .unsigned(16, "last_opcode")
          .unsigned(64, "last_ip", "last_dp")
          .buffer("xmm", 256)
          .unsigned(32, "mxcsr")
          .skip(4)
          .end(Part.FPU.bytes());

  static final StructTable LAPIC =
      StructTable.named("kvm-lapic").buffer("registers", 1024).end(Part.LAPIC.bytes());

  static final StructTable MP_STATE =
      StructTable.named("kvm-mp-state").unsigned(32, "mp_state").end(Part.MP_STATE.bytes());

  static final StructTable VCPU_EVENTS =
      StructTable.named("kvm-vcpu-events")
          .unsigned(8, "exception_injected", "exception_nr")
          .unsigned(8, "exception_has_error_code", "exception_pending")
          .unsigned(32, "exception_error_code")
          .unsigned(8, "interrupt_injected", "interrupt_nr", "interrupt_soft", "interrupt_shadow")
          .unsigned(8, "nmi_injected", "nmi_pending", "nmi_masked")
          .skip(1)
          .unsigned(32, "sipi_vector", "flags")
          .unsigned(8, "smi_smm", "smi_pending", "smi_inside_nmi", "smi_latched_init")
          .unsigned(8, "triple_fault_pending")
          .skip(26)
          .unsigned(8, "exception_has_payload")
          .unsigned(64, "exception_payload")
          .end(Part.VCPU_EVENTS.bytes());

  static final StructTable DEBUGREGS =
      StructTable.named("kvm-debugregs")
          .array(64, "db", 4)
          .unsigned(64, "dr6", "dr7", "flags")
          .skip(9 * Long.BYTES)
          .end(Part.DEBUGREGS.bytes());

  static final StructTable XSAVE =
      StructTable.named("kvm-xsave").buffer("region", 4096).end(Part.XSAVE.bytes());

  static final StructTable XCRS_TABLE =
      StructTable.named("kvm-xcrs")
          .unsigned(32, "nr_xcrs", "flags")
          .column(32, "xcr", XCRS, 0, 16)
          .column(64, "value", XCRS, 8, 16)
          .skip(XCRS * 16 + 16 * Long.BYTES)
          .end(Part.XCRS.bytes());

  private static final Map<Part, StructTable> TABLES =
      new EnumMap<>(
          Map.of(
              Part.REGS, REGS,
              Part.SREGS, SREGS,
              Part.FPU, FPU,
              Part.LAPIC, LAPIC,
              Part.MP_STATE, MP_STATE,
              Part.VCPU_EVENTS, VCPU_EVENTS,
              Part.DEBUGREGS, DEBUGREGS,
              Part.XSAVE, XSAVE,
              Part.XCRS, XCRS_TABLE));

  private VcpuTables() {}

  static StructTable of(Part part) {
    StructTable table = TABLES.get(part);
    if (table == null) {
      throw new IllegalArgumentException(part + " has no table");
    }
    return table;
  }

  private static StructTable sregs() {
    StructTable.Builder table = StructTable.named("kvm-sregs");
    for (String segment : new String[] {"cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt"}) {
      segment(table, segment);
    }
    return table
        .unsigned(64, "gdt_base")
        .unsigned(16, "gdt_limit")
        .skip(6)
        .unsigned(64, "idt_base")
        .unsigned(16, "idt_limit")
        .skip(6)
        .unsigned(64, "cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apic_base")
        .array(64, "interrupt_bitmap", 4)
        .end(Part.SREGS.bytes());
  }

  /** {@code struct kvm_segment}, 24 bytes. */
  private static void segment(StructTable.Builder table, String name) {
    table
        .unsigned(64, name + "_base")
        .unsigned(32, name + "_limit")
        .unsigned(16, name + "_selector")
        .unsigned(8, name + "_type", name + "_present", name + "_dpl", name + "_db")
        .unsigned(8, name + "_s", name + "_l", name + "_g", name + "_avl", name + "_unusable")
        .skip(1);
  }
}
