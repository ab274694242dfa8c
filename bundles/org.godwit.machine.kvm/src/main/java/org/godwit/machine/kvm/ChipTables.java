package org.godwit.machine.kvm;

import org.godwit.linux.KvmVm.Part;

/** Field tables of interrupt controllers, timer and clock, after {@code struct kvm_*}. */
final class ChipTables {
  /** {@code struct kvm_irqchip} with a PIC; the chip's number comes from the section. */
  static final StructTable PIC =
      StructTable.named("kvm-pic")
          .unsigned(32, "chip_id")
          .skip(4)
          .unsigned(8, "last_irr", "irr", "imr", "isr", "priority_add", "irq_base")
          .unsigned(8, "read_reg_select", "poll", "special_mask", "init_state", "auto_eoi")
          .unsigned(8, "rotate_on_auto_eoi", "special_fully_nested_mode", "init4")
          .unsigned(8, "elcr", "elcr_mask")
          .skip(512 - 16)
          .end(Part.IRQCHIP.bytes());

  /** {@code struct kvm_irqchip} with the IOAPIC. */
  static final StructTable IOAPIC =
      StructTable.named("kvm-ioapic")
          .unsigned(32, "chip_id")
          .skip(4)
          .unsigned(64, "base_address")
          .unsigned(32, "ioregsel", "id", "irr")
          .skip(4)
          .array(64, "redirection", 24)
          .skip(512 - 216)
          .end(Part.IRQCHIP.bytes());

  static final StructTable PIT = pit();

  /** Flags, real time and host TSC are the host's own and are not sent. */
  static final StructTable CLOCK =
      StructTable.named("kvm-clock").unsigned(64, "clock").skip(40).end(Part.CLOCK.bytes());

  private ChipTables() {}

  private static StructTable pit() {
    StructTable.Builder table = StructTable.named("kvm-pit");
    for (int channel = 0; channel < 3; channel++) {
      String name = "channel" + channel + "_";
      table
          .unsigned(32, name + "count")
          .unsigned(16, name + "latched_count")
          .unsigned(8, name + "count_latched", name + "status_latched", name + "status")
          .unsigned(8, name + "read_state", name + "write_state", name + "write_latch")
          .unsigned(8, name + "rw_mode", name + "mode", name + "bcd", name + "gate")
          .unsigned(64, name + "count_load_time");
    }
    return table.unsigned(32, "flags").skip(36).end(Part.PIT2.bytes());
  }
}
