package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;

/** Gets a userfaultfd, and says in a sentence which permission is missing where it cannot. */
final class UserfaultOpening {
  private static final int FLAGS = 0x80000 | 0x800; // O_CLOEXEC | O_NONBLOCK
  private static final Path DEVICE = Path.of("/dev/userfaultfd");

  private UserfaultOpening() {}

  /** A descriptor after the handshake with exactly these features. */
  static Descriptor open(long features) throws LinuxException {
    Descriptor uffd = Descriptor.adoptOrClose(number());
    try {
      handshake(uffd, features);
      return uffd;
    } catch (LinuxException e) {
      uffd.close();
      throw e;
    }
  }

  /** What this kernel offers: asked with a descriptor of its own, for one handshake is final. */
  static long supported() throws LinuxException {
    try (Descriptor uffd = Descriptor.adoptOrClose(number())) {
      return handshake(uffd, 0);
    }
  }

  private static long handshake(Descriptor uffd, long features) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment api = arena.allocate(Userfaultfd.API);
      api.set(Calls.LONG, 0, Userfaultfd.API_VERSION);
      api.set(Calls.LONG, 8, features);
      long n = FileCalls.ioctl(uffd.number(), Userfaultfd.IOC_API, api);
      LinuxException.check("ioctl UFFDIO_API with features 0x" + Long.toHexString(features), n);
      return api.get(Calls.LONG, 8);
    }
  }

  /** The device node first: whoever may open it needs no other right. */
  private static int number() throws LinuxException {
    Set<NativeFile.Mode> modes = Set.of(NativeFile.Mode.READ, NativeFile.Mode.WRITE);
    try (NativeFile device = NativeFile.open(DEVICE, modes)) {
      long n = FileCalls.ioctlValue(device.number(), Userfaultfd.IOC_NEW, FLAGS);
      return (int) LinuxException.check("ioctl USERFAULTFD_IOC_NEW", n);
    } catch (LinuxException noDevice) {
      long n = ProcessCalls.userfaultfd(FLAGS);
      if (n < 0) {
        LinuxException e = refusal(noDevice.errno(), (int) -n);
        e.addSuppressed(noDevice);
        throw e;
      }
      return (int) n;
    }
  }

  /** Tells what would help; both error numbers are positive. */
  static LinuxException refusal(int device, int call) {
    String node =
        switch (device) {
          case Errno.ENOENT, Errno.ENXIO -> "there is no " + DEVICE;
          case Errno.EACCES, Errno.EPERM -> "this user may not open " + DEVICE;
          default -> DEVICE + " gives " + Errno.describe(device);
        };
    String remedy =
        call == Errno.ENOSYS
            ? "this kernel was built without it (CONFIG_USERFAULTFD)"
            : "needed is one of: read and write access to %s, the capability CAP_SYS_PTRACE, or "
                    .formatted(DEVICE)
                + "sysctl vm.unprivileged_userfaultfd=1 (a container may also forbid the call)";
    return new LinuxException(
        "userfaultfd", call, "%s; %s; %s".formatted(Errno.describe(call), node, remedy));
  }
}
