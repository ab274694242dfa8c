package org.godwit.machine.kvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What lies in the first MiB when the built-in program starts: its code and the page tables that
 * map RAM one to one, with pages of 2 MiB that ring 3 may write.
 *
 * <pre>
 *   0x01000  task state, all zero: its I/O map allows every port below 0x7ff8
 *   0x08000  code
 *   0x10000  PML4, one entry
 *   0x11000  PDPT, one entry for each GiB
 *   0x12000  page directories, 4 KiB for each GiB
 * </pre>
 *
 * <p>Addresses are those within RAM; behind the hole below 4 GiB guest physical addresses are
 * higher, see {@link Slot}. The accessed and dirty bits are set from the beginning, so that the
 * processor never writes here.
 */
final class BootImage {
  /** Where nested KVM runs ring 3 natively it forgets the I/O privilege and asks this map. */
  static final long TASK = 0x1000;

  static final long TASK_LIMIT = 0xfff;
  static final long PML4 = 0x10000;
  private static final long PDPT = 0x11000;
  private static final long DIRECTORIES = 0x12000;
  private static final int ENTRIES = 512;
  private static final long LARGE = 2L << 20;

  /** Present, writable, user, accessed. */
  private static final long TABLE = 0x27;

  /** The same, dirty, large page. */
  private static final long PAGE = 0xe7;

  /** Directories for so much memory fit below 1 MiB. */
  static final long MAX_MEMORY = 128L << 30;

  private BootImage() {}

  /** Writes code and tables for so much RAM into the first MiB. */
  static void write(MemorySegment low, long memory) {
    byte[] code = PageProgram.code();
    MemorySegment.copy(code, 0, low, ValueLayout.JAVA_BYTE, PageProgram.ADDRESS, code.length);
    low.set(ValueLayout.JAVA_LONG, PML4, PDPT | TABLE);
    long pages = (memory + LARGE - 1) / LARGE;
    for (long page = 0; page < pages; page++) {
      long directory = DIRECTORIES + page / ENTRIES * (ENTRIES * Long.BYTES);
      long entry = page % ENTRIES * Long.BYTES;
      low.set(ValueLayout.JAVA_LONG, PDPT + page / ENTRIES * Long.BYTES, directory | TABLE);
      low.set(ValueLayout.JAVA_LONG, directory + entry, Slot.physical(page * LARGE) | PAGE);
    }
  }
}
