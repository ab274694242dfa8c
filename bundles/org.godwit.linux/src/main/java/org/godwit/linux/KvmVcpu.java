package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One vCPU of KVM.
 *
 * <p>Threads: {@link #run()}, {@link #get} and {@link #set} from one platform thread at a time;
 * {@link #requestExit} from any thread. Closing it only when no thread is inside {@code run}.
 */
public final class KvmVcpu implements AutoCloseable {
  /** Exit: the guest read or wrote a port; see {@link #runPage()} at offset 32. */
  public static final int EXIT_IO = 2;

  /** Exit: the guest halted and there is no interrupt controller in the kernel. */
  public static final int EXIT_HLT = 5;

  /** Exit: the guest touched an address without memory. */
  public static final int EXIT_MMIO = 6;

  /** Exit: triple fault. */
  public static final int EXIT_SHUTDOWN = 8;

  /** Exit: the processor refused the state. */
  public static final int EXIT_FAIL_ENTRY = 9;

  /** Exit of {@link #run()}: a signal or {@link #requestExit} came; nothing happened. */
  public static final int EXIT_INTERRUPTED = 10;

  /** Exit: KVM met an instruction that it cannot emulate, or the like. */
  public static final int EXIT_INTERNAL_ERROR = 17;

  private static final int TYPE = Kvm.TYPE;
  private static final long RUN = Ioctl.plain(TYPE, 0x80);
  private static final long MSR_ENTRY = 16;
  private static final long MSR_HEADER = 8;
  private static final long EXIT_REASON = 8;
  private static final long IMMEDIATE_EXIT = 1;

  private final Descriptor vcpu;
  private final Mapping run;

  KvmVcpu(Descriptor vcpu, Mapping run) {
    this.vcpu = vcpu;
    this.run = run;
  }

  /**
   * Runs the guest until something is to be done outside.
   *
   * @return the exit reason; {@link #EXIT_INTERRUPTED} after a kick
   * @throws LinuxException if the vCPU cannot run
   */
  public int run() throws LinuxException {
    vcpu.enter("KVM_RUN");
    try {
      long n = FileCalls.ioctlValue(vcpu.number(), RUN, 0);
      if (n == -Errno.EINTR || n == -Errno.EAGAIN) {
        return EXIT_INTERRUPTED;
      }
      LinuxException.check("ioctl KVM_RUN", n);
      return run.segment().get(Calls.INT, EXIT_REASON);
    } finally {
      vcpu.leave();
    }
  }

  /**
   * The control page, {@code struct kvm_run}, with the data of port accesses behind it.
   *
   * @return memory shared with KVM, valid until this is closed
   */
  public MemorySegment runPage() {
    return run.segment();
  }

  /**
   * Makes the next or current {@link #run()} return at once, together with a {@link ThreadKick} if
   * it is running; or takes that back.
   *
   * @param exit whether to return
   */
  public void requestExit(boolean exit) {
    run.segment().set(ValueLayout.JAVA_BYTE, IMMEDIATE_EXIT, (byte) (exit ? 1 : 0));
  }

  /**
   * Reads a part of the state.
   *
   * @param part which
   * @param into native memory of exactly {@code part.bytes()}
   * @throws LinuxException if this KVM does not have it
   */
  public void get(Part part, MemorySegment into) throws LinuxException {
    check(part, into);
    Ioctl.call(vcpu, "KVM_GET_" + part, part.getRequest(), into);
  }

  /**
   * Loads a part of the state.
   *
   * @param part which
   * @param from native memory of exactly {@code part.bytes()}
   * @throws LinuxException if this KVM refuses the values
   */
  public void set(Part part, MemorySegment from) throws LinuxException {
    check(part, from);
    Ioctl.call(vcpu, "KVM_SET_" + part, part.setRequest(), from);
  }

  /**
   * Reads a model specific register.
   *
   * @param index its number
   * @return its value
   * @throws LinuxException if it does not exist here
   */
  public long msr(int index) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = msrList(arena, index, 0);
      long request = Ioctl.readWrite(TYPE, 0x88, MSR_HEADER);
      msrCall("KVM_GET_MSRS", request, index, list);
      return list.get(Calls.LONG, MSR_HEADER + 8);
    }
  }

  /**
   * Loads a model specific register.
   *
   * @param index its number
   * @param value its value
   * @throws LinuxException if it does not exist here or refuses the value
   */
  public void msr(int index, long value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = msrList(arena, index, value);
      msrCall("KVM_SET_MSRS", Ioctl.write(TYPE, 0x89, MSR_HEADER), index, list);
    }
  }

  private void msrCall(String name, long request, int index, MemorySegment list)
      throws LinuxException {
    String operation = name + " " + Integer.toHexString(index);
    if (Ioctl.call(vcpu, operation, request, list) != 1) {
      throw LinuxException.of("ioctl " + operation, Errno.EINVAL);
    }
  }

  private static MemorySegment msrList(Arena arena, int index, long value) {
    MemorySegment list = arena.allocate(MSR_HEADER + MSR_ENTRY, 8);
    list.set(Calls.INT, 0, 1);
    list.set(Calls.INT, MSR_HEADER, index);
    list.set(Calls.LONG, MSR_HEADER + 8, value);
    return list;
  }

  /**
   * Sets what {@code CPUID} shows; before the first {@link #run()}.
   *
   * @param list {@code struct kvm_cpuid2} with its entries
   * @throws LinuxException if this KVM refuses
   */
  public void cpuid(MemorySegment list) throws LinuxException {
    Ioctl.call(vcpu, "KVM_SET_CPUID2", Ioctl.write(TYPE, 0x90, Kvm.CPUID_HEADER), list);
  }

  private static void check(Part part, MemorySegment segment) {
    if (segment.byteSize() != part.bytes()) {
      throw new IllegalArgumentException(
          part + " is " + part.bytes() + " bytes, not " + segment.byteSize());
    }
  }

  @Override
  public void close() {
    vcpu.close();
    run.close();
  }

  /** Parts of a vCPU's state; sizes are those of the {@code struct kvm_*} of the same name. */
  public enum Part {
    /** General registers, RIP, RFLAGS. */
    REGS(144, 0x81, 0x82),
    /** Segments, control registers, EFER, APIC base, pending interrupts. */
    SREGS(312, 0x83, 0x84),
    /** x87 and SSE; part of {@link #XSAVE} where that exists. */
    FPU(416, 0x8c, 0x8d),
    /** Local APIC registers. */
    LAPIC(1024, 0x8e, 0x8f),
    /** Running, halted or waiting for a start-up message. */
    MP_STATE(4, 0x98, 0x99),
    /** Exceptions and interrupts in delivery. */
    VCPU_EVENTS(64, 0x9f, 0xa0),
    /** Debug registers. */
    DEBUGREGS(128, 0xa1, 0xa2),
    /** Extended state in the processor's own format. */
    XSAVE(4096, 0xa4, 0xa5),
    /** Extended control registers. */
    XCRS(392, 0xa6, 0xa7);

    private final int bytes;
    private final int getNumber;
    private final int setNumber;

    Part(int bytes, int getNumber, int setNumber) {
      this.bytes = bytes;
      this.getNumber = getNumber;
      this.setNumber = setNumber;
    }

    /**
     * Size of the structure.
     *
     * @return bytes
     */
    public int bytes() {
      return bytes;
    }

    long getRequest() {
      return Ioctl.read(TYPE, getNumber, bytes);
    }

    long setRequest() {
      return Ioctl.write(TYPE, setNumber, bytes);
    }
  }
}
