package org.godwit.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** Request numbers and structures of userfaultfd and of PAGEMAP_SCAN. */
final class Userfaultfd {
  /** {@code struct uffdio_api}: api, features, ioctls. */
  static final StructLayout API = longs("api", "features", "ioctls");

  /** {@code struct uffdio_register}: range, mode, ioctls. */
  static final StructLayout REGISTER = longs("start", "length", "mode", "ioctls");

  /** {@code struct uffdio_range}. */
  static final StructLayout RANGE = longs("start", "length");

  /** {@code struct uffdio_writeprotect}: range, mode. */
  static final StructLayout WRITE_PROTECT = longs("start", "length", "mode");

  /** {@code struct uffdio_copy}: target, source, length, mode, bytes copied or -errno. */
  static final StructLayout COPY = longs("dst", "src", "len", "mode", "copy");

  /** {@code struct uffdio_zeropage}: range, mode, bytes made zero or -errno. */
  static final StructLayout ZERO = longs("start", "length", "mode", "zeropage");

  /** {@code struct pm_scan_arg}. */
  static final StructLayout SCAN =
      longs(
          "size",
          "flags",
          "start",
          "end",
          "walk_end",
          "vec",
          "vec_len",
          "max_pages",
          "category_inverted",
          "category_mask",
          "category_anyof_mask",
          "return_mask");

  /** {@code struct page_region}: the pages of [start, end) have the same categories. */
  static final StructLayout REGION = longs("start", "end", "categories");

  static final long IOC_NEW = Ioctl.plain(0xaa, 0x00);
  static final long IOC_API = Ioctl.readWrite(0xaa, 0x3f, API);
  static final long IOC_REGISTER = Ioctl.readWrite(0xaa, 0x00, REGISTER);
  static final long IOC_UNREGISTER = Ioctl.read(0xaa, 0x01, RANGE);
  static final long IOC_WAKE = Ioctl.read(0xaa, 0x02, RANGE);
  static final long IOC_COPY = Ioctl.readWrite(0xaa, 0x03, COPY);
  static final long IOC_ZERO = Ioctl.readWrite(0xaa, 0x04, ZERO);
  static final long IOC_WRITE_PROTECT = Ioctl.readWrite(0xaa, 0x06, WRITE_PROTECT);
  static final long IOC_PAGEMAP_SCAN = Ioctl.readWrite('f', 16, SCAN);

  static final long API_VERSION = 0xaa;
  static final long FEATURE_PAGEFAULT_FLAG_WP = 1L;
  static final long FEATURE_WP_HUGETLBFS_SHMEM = 1L << 12;
  static final long FEATURE_WP_UNPOPULATED = 1L << 13;
  static final long FEATURE_WP_ASYNC = 1L << 15;
  static final long FEATURE_EVENT_REMOVE = 1L << 3;
  static final long FEATURE_MISSING_HUGETLBFS = 1L << 4;
  static final long FEATURE_MISSING_SHMEM = 1L << 5;
  static final long FEATURE_THREAD_ID = 1L << 8;
  static final long REGISTER_MODE_MISSING = 1;
  static final long REGISTER_MODE_WP = 2;
  static final long WRITE_PROTECT_MODE_WP = 1;
  static final long PAGE_IS_WRITTEN = 2;
  static final long SCAN_WP_MATCHING = 1;
  static final long SCAN_CHECK_WPASYNC = 2;

  private Userfaultfd() {}

  private static StructLayout longs(String... names) {
    MemoryLayout[] members = new MemoryLayout[names.length];
    for (int i = 0; i < names.length; i++) {
      members[i] = Calls.LONG.withName(names[i]);
    }
    return MemoryLayout.structLayout(members);
  }
}
