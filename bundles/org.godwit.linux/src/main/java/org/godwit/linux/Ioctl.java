package org.godwit.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/**
 * Builds ioctl request numbers as {@code asm-generic/ioctl.h} does: direction (2 bits), size (14),
 * type (8), number (8). x86-64, aarch64 and riscv64 share this form.
 */
final class Ioctl {
  private static final long WRITE = 1L << 30;
  private static final long READ = 2L << 30;

  private Ioctl() {}

  static long plain(int type, int number) {
    return (long) type << 8 | number;
  }

  static long write(int type, int number, MemoryLayout argument) {
    return WRITE | sized(type, number, argument.byteSize());
  }

  static long read(int type, int number, MemoryLayout argument) {
    return READ | sized(type, number, argument.byteSize());
  }

  static long readWrite(int type, int number, MemoryLayout argument) {
    return READ | WRITE | sized(type, number, argument.byteSize());
  }

  static long write(int type, int number, long size) {
    return WRITE | sized(type, number, size);
  }

  static long read(int type, int number, long size) {
    return READ | sized(type, number, size);
  }

  static long readWrite(int type, int number, long size) {
    return READ | WRITE | sized(type, number, size);
  }

  /** Calls with a pointer, again while a signal interrupts; {@code name} tells what in errors. */
  static long call(Descriptor device, String name, long request, MemorySegment argument)
      throws LinuxException {
    device.enter(name);
    try {
      long n = -Errno.EINTR;
      while (n == -Errno.EINTR) {
        n = FileCalls.ioctl(device.number(), request, argument);
      }
      return LinuxException.check("ioctl " + name, n);
    } finally {
      device.leave();
    }
  }

  /** As {@link #call(Descriptor, String, long, MemorySegment)} with a number. */
  static long call(Descriptor device, String name, long request, long argument)
      throws LinuxException {
    device.enter(name);
    try {
      long n = -Errno.EINTR;
      while (n == -Errno.EINTR) {
        n = FileCalls.ioctlValue(device.number(), request, argument);
      }
      return LinuxException.check("ioctl " + name, n);
    } finally {
      device.leave();
    }
  }

  private static long sized(int type, int number, long size) {
    return size << 16 | plain(type, number);
  }
}
