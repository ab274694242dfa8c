package org.godwit.wire.ram;

/** Flag bits of the record word (stream-format 4.1). */
final class RamFlags {

  static final int ZERO = 0x002;
  static final int MEM_SIZE = 0x004;
  static final int PAGE = 0x008;
  static final int EOS = 0x010;
  static final int CONTINUE = 0x020;
  static final int XBZRLE = 0x040;
  static final int COMPRESS_PAGE = 0x100;
  static final int MULTIFD_FLUSH = 0x200;

  private RamFlags() {}
}
