package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.KvmVcpu.Part;
import org.godwit.linux.LinuxException;
import org.godwit.machine.mapped.Walk;

/** Registers of vCPUs at the beginning of a guest. */
final class BootState {
  /** Where real mode code is put and entered, as firmware does with a boot sector. */
  static final int REAL_MODE = 0x7c00;

  private static final long PROTECTION = 0x8005_0033L; // PE MP ET NE WP AM PG
  private static final long EXTENSIONS = 0x620; // PAE OSFXSR OSXMMEXCPT
  private static final long LONG_MODE = 0x500; // LME LMA
  private static final long FLAGS = 0x3002; // I/O privilege 3, interrupts off
  private static final long REAL_FLAGS = 0x2;
  private static final int RING = 3;
  private static final int CODE = 0xb;
  private static final int DATA = 0x3;
  private static final int TASK = 0xb;

  private final KvmPlan plan;

  BootState(KvmPlan plan) {
    this.plan = plan;
  }

  /** Long mode, ring 3, at the built-in program. */
  void longMode(KvmVcpu vcpu, int number) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sregs = arena.allocate(Part.SREGS.bytes(), Long.BYTES);
      vcpu.get(Part.SREGS, sregs);
      StateValues values = VcpuTables.SREGS.read(sregs);
      segment(values, "cs", 0x33, CODE, 0, 1);
      for (String data : new String[] {"ds", "es", "fs", "gs", "ss"}) {
        segment(values, data, 0x2b, DATA, 1, 0);
      }
      task(values);
      values.put("cr0", PROTECTION).put("cr3", BootImage.PML4).put("cr4", EXTENSIONS);
      values.put("efer", LONG_MODE);
      VcpuTables.SREGS.write(values, sregs);
      vcpu.set(Part.SREGS, sregs);
      MemorySegment regs = arena.allocate(Part.REGS.bytes(), Long.BYTES);
      VcpuTables.REGS.write(registers(number), regs);
      vcpu.set(Part.REGS, regs);
      runnable(vcpu, arena);
    }
  }

  private static void segment(
      StateValues values, String name, int selector, int type, int big, int wide) {
    values
        .put(name + "_base", 0)
        .put(name + "_limit", 0xffff_ffffL)
        .put(name + "_selector", selector)
        .put(name + "_type", type)
        .put(name + "_present", 1)
        .put(name + "_dpl", RING)
        .put(name + "_db", big)
        .put(name + "_s", 1)
        .put(name + "_l", wide)
        .put(name + "_g", 1)
        .put(name + "_unusable", 0);
  }

  private static void task(StateValues values) {
    values
        .put("tr_base", BootImage.TASK)
        .put("tr_limit", BootImage.TASK_LIMIT)
        .put("tr_selector", 0)
        .put("tr_type", TASK)
        .put("tr_present", 1)
        .put("tr_dpl", 0)
        .put("tr_s", 0)
        .put("tr_g", 0)
        .put("tr_unusable", 0)
        .put("ldt_unusable", 1);
  }

  /** As {@link PageProgram} wants them. */
  private StateValues registers(int number) {
    Walk walk = plan.walk(number);
    long first = KvmPlan.FIRST_PAGE + plan.shareBegin(number);
    StateValues values = VcpuTables.REGS.read(MemorySegment.ofArray(new byte[Part.REGS.bytes()]));
    return values
        .put("rip", PageProgram.ADDRESS)
        .put("rflags", FLAGS)
        .put("rbp", first * DirtyLog.PAGE_SIZE)
        .put("rbx", plan.linePages())
        .put("rsp", plan.pacePages())
        .put("r9", walk.stride())
        .put("r10", walk.pages())
        .put("r12", plan.key(1))
        .put("r14", number == 0 ? plan.linePages() : Long.MAX_VALUE)
        .put("r15", plan.pacePages());
  }

  /** Real mode at {@link #REAL_MODE}, data segments at 0. */
  static void realMode(KvmVcpu vcpu, int number) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sregs = arena.allocate(Part.SREGS.bytes(), Long.BYTES);
      vcpu.get(Part.SREGS, sregs);
      StateValues values = VcpuTables.SREGS.read(sregs);
      values.put("cs_base", 0).put("cs_selector", 0);
      VcpuTables.SREGS.write(values, sregs);
      vcpu.set(Part.SREGS, sregs);
      MemorySegment regs = arena.allocate(Part.REGS.bytes(), Long.BYTES);
      StateValues registers = VcpuTables.REGS.read(regs);
      VcpuTables.REGS.write(
          registers.put("rip", REAL_MODE).put("rflags", REAL_FLAGS).put("rdi", number), regs);
      vcpu.set(Part.REGS, regs);
      runnable(vcpu, arena);
    }
  }

  /** All vCPUs run from the beginning; zero is KVM_MP_STATE_RUNNABLE. */
  private static void runnable(KvmVcpu vcpu, Arena arena) throws LinuxException {
    vcpu.set(Part.MP_STATE, arena.allocate(Part.MP_STATE.bytes(), Integer.BYTES));
  }
}
