package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;

/**
 * The host's KVM ({@code /dev/kvm}), x86-64 only.
 *
 * <p>Thread-safe.
 */
public final class Kvm implements AutoCloseable {
  static final int TYPE = 0xae;

  /** {@code struct kvm_cpuid_entry2}: function, index, flags, eax, ebx, ecx, edx, padding. */
  public static final int CPUID_ENTRY = 40;

  /** Bytes of {@code struct kvm_cpuid2} before its entries. */
  public static final int CPUID_HEADER = 8;

  private static final int API_VERSION = 12;
  private static final int MAX_CPUID = 256;
  private static final int MAX_MSRS = 1024;

  private final NativeFile device;
  private final int runBytes;

  private Kvm(NativeFile device, int runBytes) {
    this.device = device;
    this.runBytes = runBytes;
  }

  /**
   * Opens the device.
   *
   * @return the host's KVM
   * @throws LinuxException if there is none, the user may not use it, or it is not version 12
   */
  public static Kvm open() throws LinuxException {
    Set<NativeFile.Mode> modes = Set.of(NativeFile.Mode.READ, NativeFile.Mode.WRITE);
    NativeFile device = NativeFile.open(Path.of("/dev/kvm"), modes);
    try {
      Descriptor fd = device.descriptor();
      long version = Ioctl.call(fd, "KVM_GET_API_VERSION", Ioctl.plain(TYPE, 0x00), 0);
      if (version != API_VERSION || !NativeCode.x86()) {
        throw new LinuxException(
            "open /dev/kvm", 0, "wanted is KVM API 12 on x86-64, found is API " + version);
      }
      long bytes = Ioctl.call(fd, "KVM_GET_VCPU_MMAP_SIZE", Ioctl.plain(TYPE, 0x04), 0);
      return new Kvm(device, (int) bytes);
    } catch (LinuxException e) {
      device.close();
      throw e;
    }
  }

  /**
   * Asks for an extension.
   *
   * @param extension a {@code KVM_CAP_*} number
   * @return 0 if absent, else a value that depends on the extension
   * @throws LinuxException if the device is closed
   */
  public int extension(int extension) throws LinuxException {
    return (int)
        Ioctl.call(device.descriptor(), "KVM_CHECK_EXTENSION", Ioctl.plain(TYPE, 0x03), extension);
  }

  /**
   * Makes an empty virtual machine.
   *
   * @return the machine, which keeps working when this is closed
   * @throws LinuxException if the kernel refuses
   */
  public KvmVm createVm() throws LinuxException {
    long fd = Ioctl.call(device.descriptor(), "KVM_CREATE_VM", Ioctl.plain(TYPE, 0x01), 0);
    return new KvmVm(Descriptor.adoptOrClose((int) fd), runBytes);
  }

  /**
   * The processor features that guests may be shown.
   *
   * @param arena where to allocate
   * @return {@code struct kvm_cpuid2} with its entries, ready for {@link KvmVcpu#cpuid}
   * @throws LinuxException if the kernel refuses
   */
  public MemorySegment supportedCpuid(Arena arena) throws LinuxException {
    MemorySegment list = arena.allocate(CPUID_HEADER + MAX_CPUID * CPUID_ENTRY, 8);
    list.set(Calls.INT, 0, MAX_CPUID);
    long request = Ioctl.readWrite(TYPE, 0x05, CPUID_HEADER);
    Ioctl.call(device.descriptor(), "KVM_GET_SUPPORTED_CPUID", request, list);
    return list;
  }

  /**
   * The model specific registers that this host saves and loads.
   *
   * @return their numbers
   * @throws LinuxException if the kernel refuses
   */
  public int[] msrs() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocate((1 + MAX_MSRS) * 4L, 8);
      list.set(Calls.INT, 0, MAX_MSRS);
      long request = Ioctl.readWrite(TYPE, 0x02, 4);
      Ioctl.call(device.descriptor(), "KVM_GET_MSR_INDEX_LIST", request, list);
      return list.asSlice(4, list.get(Calls.INT, 0) * 4L).toArray(Calls.INT);
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
