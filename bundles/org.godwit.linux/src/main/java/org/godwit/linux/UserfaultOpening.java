package org.godwit.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;

/** Gets a userfaultfd, and says in a sentence which permission is missing where it cannot. */
final class UserfaultOpening {
  private static final int FLAGS = 0x80000 | 0x800; // O_CLOEXEC | O_NONBLOCK
  private static final Path DEVICE = Path.of("/dev/userfaultfd");
  private static final Path SYSCTL = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String EFFECTIVE = "CapEff:";
  private static final int CAP_SYS_PTRACE = 19;

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

  /** Tells what would help, and how things are; both error numbers are positive. */
  static LinuxException refusal(int device, int call) {
    String node =
        switch (device) {
          case Errno.ENOENT, Errno.ENXIO -> "there is no " + DEVICE;
          case Errno.EACCES, Errno.EPERM -> "this user may not open " + DEVICE + mode();
          default -> DEVICE + " gives " + Errno.describe(device);
        };
    String remedy =
        call == Errno.ENOSYS
            ? "this kernel was built without it (CONFIG_USERFAULTFD)"
            : "needed is one of: read and write access to %s, the capability CAP_SYS_PTRACE%s, or "
                    .formatted(DEVICE, capability())
                + "sysctl vm.unprivileged_userfaultfd=1%s (a container may also forbid the call)"
                    .formatted(sysctl());
    return new LinuxException(
        "userfaultfd", call, "%s; %s; %s".formatted(Errno.describe(call), node, remedy));
  }

  /** Owner and mode of the device; nothing where that cannot be looked up. */
  private static String mode() {
    try {
      PosixFileAttributes device = Files.readAttributes(DEVICE, PosixFileAttributes.class);
      return " (%s of %s:%s)"
          .formatted(
              PosixFilePermissions.toString(device.permissions()), device.owner(), device.group());
    } catch (IOException unknown) {
      return "";
    }
  }

  private static String sysctl() {
    try {
      return " (it is %s)".formatted(Files.readString(SYSCTL).strip());
    } catch (IOException unknown) {
      return "";
    }
  }

  /** Whether this process has the capability; where it has, something else forbids the call. */
  private static String capability() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(EFFECTIVE))
          .map(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
          .map(bits -> (bits >>> CAP_SYS_PTRACE & 1) == 0 ? " (missing)" : " (present)")
          .findFirst()
          .orElse("");
    } catch (IOException | UncheckedIOException | NumberFormatException unknown) {
      return "";
    }
  }
}
