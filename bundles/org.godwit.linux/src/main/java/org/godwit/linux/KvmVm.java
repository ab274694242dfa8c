package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One virtual machine of KVM: memory slots, dirty log, interrupt controller, timer and clock.
 *
 * <p>Thread-safe as far as KVM is. Close the vCPUs first, then this, then unmap the slots' memory.
 */
public final class KvmVm implements AutoCloseable {
  /** {@code KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2}. */
  public static final int CAP_MANUAL_PROTECT = 168;

  private static final int TYPE = Kvm.TYPE;
  private static final int LOG_DIRTY_PAGES = 1;
  private static final long SLOT_BYTES = 32;
  private static final long DIRTY_LOG_BYTES = 16;
  private static final long CLEAR_LOG_BYTES = 24;
  private static final long ENABLE_CAP_BYTES = 104;
  private static final long PIT_CONFIG_BYTES = 64;

  private final Descriptor vm;
  private final int runBytes;

  KvmVm(Descriptor vm, int runBytes) {
    this.vm = vm;
    this.runBytes = runBytes;
  }

  /**
   * Makes memory visible to the guest, or changes a slot's dirty logging.
   *
   * @param slot number of the slot, from 0
   * @param guestAddress guest physical address, page aligned
   * @param memory page-aligned native memory that outlives this machine
   * @param logDirty whether writes are logged
   * @throws LinuxException if the slot overlaps another or the memory does not fit
   */
  public void memory(int slot, long guestAddress, MemorySegment memory, boolean logDirty)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment region = arena.allocate(SLOT_BYTES, 8);
      region.set(Calls.INT, 0, slot);
      region.set(Calls.INT, 4, logDirty ? LOG_DIRTY_PAGES : 0);
      region.set(Calls.LONG, 8, guestAddress);
      region.set(Calls.LONG, 16, memory.byteSize());
      region.set(Calls.LONG, 24, memory.address());
      String name = "KVM_SET_USER_MEMORY_REGION slot " + slot;
      Ioctl.call(vm, name, Ioctl.write(TYPE, 0x46, SLOT_BYTES), region);
    }
  }

  /**
   * Fetches a slot's log. Without manual protection this also clears it and protects again.
   *
   * @param slot number of the slot
   * @param bitmap native memory for one bit a page, whole 64-bit words; overwritten
   * @throws LinuxException if the slot is not being logged
   */
  public void dirtyLog(int slot, MemorySegment bitmap) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment log = arena.allocate(DIRTY_LOG_BYTES, 8);
      log.set(Calls.INT, 0, slot);
      log.set(Calls.POINTER, 8, bitmap);
      Ioctl.call(vm, "KVM_GET_DIRTY_LOG", Ioctl.write(TYPE, 0x42, DIRTY_LOG_BYTES), log);
    }
  }

  /**
   * Clears part of a slot's log and protects those pages again; with manual protection only.
   *
   * @param slot number of the slot
   * @param firstPage first page, a multiple of 64
   * @param pages how many pages; a multiple of 64 unless they end the slot
   * @param bitmap native memory whose first bit stands for {@code firstPage}; set bits are cleared
   * @throws LinuxException if the range is not as told
   */
  public void clearDirtyLog(int slot, long firstPage, int pages, MemorySegment bitmap)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment log = arena.allocate(CLEAR_LOG_BYTES, 8);
      log.set(Calls.INT, 0, slot);
      log.set(Calls.INT, 4, pages);
      log.set(Calls.LONG, 8, firstPage);
      log.set(Calls.POINTER, 16, bitmap);
      Ioctl.call(vm, "KVM_CLEAR_DIRTY_LOG", Ioctl.readWrite(TYPE, 0xc0, CLEAR_LOG_BYTES), log);
    }
  }

  /**
   * Switches an extension on.
   *
   * @param extension a {@code KVM_CAP_*} number
   * @param argument its first argument
   * @throws LinuxException if the host does not have it
   */
  public void enable(int extension, long argument) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment cap = arena.allocate(ENABLE_CAP_BYTES, 8);
      cap.set(Calls.INT, 0, extension);
      cap.set(Calls.LONG, 8, argument);
      String name = "KVM_ENABLE_CAP " + extension;
      Ioctl.call(vm, name, Ioctl.write(TYPE, 0xa3, ENABLE_CAP_BYTES), cap);
    }
  }

  /**
   * Reserves the pages that Intel hosts need for real mode: three at {@code address + 4096} and one
   * identity map page at {@code address}; outside all slots, below 4 GiB.
   *
   * @param address guest physical address
   * @throws LinuxException if vCPUs exist already
   */
  public void reserve(long address) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocateFrom(Calls.LONG, address);
      Ioctl.call(vm, "KVM_SET_IDENTITY_MAP_ADDR", Ioctl.write(TYPE, 0x48, Long.BYTES), at);
      Ioctl.call(vm, "KVM_SET_TSS_ADDR", Ioctl.plain(TYPE, 0x47), address + Mapping.PAGE);
    }
  }

  /**
   * Makes the interrupt controllers (two PICs, an IOAPIC, and a local APIC for each vCPU).
   *
   * @throws LinuxException if this KVM has none
   */
  public void createIrqchip() throws LinuxException {
    Ioctl.call(vm, "KVM_CREATE_IRQCHIP", Ioctl.plain(TYPE, 0x60), 0);
  }

  /**
   * Makes the timer; after {@link #createIrqchip()}.
   *
   * @throws LinuxException if this KVM has none
   */
  public void createPit() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment config = arena.allocate(PIT_CONFIG_BYTES, 8);
      Ioctl.call(vm, "KVM_CREATE_PIT2", Ioctl.write(TYPE, 0x77, PIT_CONFIG_BYTES), config);
    }
  }

  /**
   * Reads a part of the machine's state.
   *
   * @param part which
   * @param into native memory of exactly {@code part.bytes()}; for the interrupt controllers its
   *     first int names the chip
   * @throws LinuxException if the machine has no such part
   */
  public void get(Part part, MemorySegment into) throws LinuxException {
    Ioctl.call(vm, "KVM_GET_" + part, part.getRequest, sized(part, into));
  }

  /**
   * Loads a part of the machine's state.
   *
   * @param part which
   * @param from native memory of exactly {@code part.bytes()}
   * @throws LinuxException if the machine has no such part or refuses the values
   */
  public void set(Part part, MemorySegment from) throws LinuxException {
    Ioctl.call(vm, "KVM_SET_" + part, part.setRequest, sized(part, from));
  }

  private static MemorySegment sized(Part part, MemorySegment segment) {
    if (segment.byteSize() != part.bytes) {
      throw new IllegalArgumentException(
          part + " is " + part.bytes + " bytes, not " + segment.byteSize());
    }
    return segment;
  }

  /**
   * Makes a vCPU.
   *
   * @param number its number, from 0
   * @return the vCPU
   * @throws LinuxException if there are too many or the number exists
   */
  public KvmVcpu createVcpu(int number) throws LinuxException {
    long fd = Ioctl.call(vm, "KVM_CREATE_VCPU " + number, Ioctl.plain(TYPE, 0x41), number);
    Descriptor vcpu = Descriptor.adoptOrClose((int) fd);
    try {
      return new KvmVcpu(vcpu, Mapping.device((int) fd, runBytes));
    } catch (LinuxException e) {
      vcpu.close();
      throw e;
    }
  }

  @Override
  public void close() {
    vm.close();
  }

  /** Parts of a machine's state outside its vCPUs. */
  public enum Part {
    /** {@code struct kvm_irqchip}: chip number, padding, 512 bytes of PIC or IOAPIC. */
    IRQCHIP(520, Ioctl.readWrite(TYPE, 0x62, 520), Ioctl.read(TYPE, 0x63, 520)),
    /** {@code struct kvm_pit_state2}: three channels of 24 bytes, flags, padding. */
    PIT2(112, Ioctl.read(TYPE, 0x9f, 112), Ioctl.write(TYPE, 0xa0, 112)),
    /** {@code struct kvm_clock_data}: clock in ns, flags, padding, realtime, host TSC, padding. */
    CLOCK(48, Ioctl.read(TYPE, 0x7c, 48), Ioctl.write(TYPE, 0x7b, 48));

    private final int bytes;
    private final long getRequest;
    private final long setRequest;

    Part(int bytes, long getRequest, long setRequest) {
      this.bytes = bytes;
      this.getRequest = getRequest;
      this.setRequest = setRequest;
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
      return getRequest;
    }

    long setRequest() {
      return setRequest;
    }
  }
}
