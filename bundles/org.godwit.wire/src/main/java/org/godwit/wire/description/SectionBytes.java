package org.godwit.wire.description;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.godwit.wire.SectionType;
import org.godwit.wire.WireException;

/** Random access to buffered device sections; {@code base} is the stream offset of byte 0. */
final class SectionBytes {

  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Head of a FULL section without its name. */
  static final int HEAD = 14;

  static final int FOOTER = 5;

  final byte[] bytes;
  final int length;
  final long base;
  private final MemorySegment segment;

  SectionBytes(byte[] bytes, int length, long base) {
    this.bytes = bytes;
    this.length = length;
    this.base = base;
    this.segment = MemorySegment.ofArray(bytes);
  }

  int u8(int at) {
    return bytes[at] & 0xFF;
  }

  long be32(int at) {
    return segment.get(BE32, at) & 0xFFFF_FFFFL;
  }

  boolean footerAt(int at, long id) {
    return at <= length - FOOTER && bytes[at] == SectionType.FOOTER.code() && be32(at + 1) == id;
  }

  int headLength(int at) {
    return HEAD + u8(at + 5);
  }

  /** Head of the FULL section at {@code at}, with an empty body. */
  DeviceSection head(int at) throws WireException {
    if (at >= length) {
      throw WireException.truncated(base + at, 1);
    }
    if (u8(at) != SectionType.FULL.code()) {
      throw fault(at, String.format("byte 0x%02x", u8(at)), "a FULL section or EOF");
    }
    if (at > length - HEAD || at > length - headLength(at)) {
      throw WireException.truncated(base + length, 1);
    }
    int name = u8(at + 5);
    return new DeviceSection(
        base + at,
        be32(at + 1),
        new String(bytes, at + 6, name, StandardCharsets.ISO_8859_1),
        be32(at + 6 + name),
        be32(at + 10 + name),
        new byte[0]);
  }

  DeviceSection withBody(DeviceSection head, int from, int to) {
    return new DeviceSection(
        head.offset(),
        head.id(),
        head.idstr(),
        head.instance(),
        head.version(),
        Arrays.copyOfRange(bytes, from, to));
  }

  WireException fault(int at, String found, String allowed) {
    return new WireException(WireException.Kind.DEVICE, base + at, found, allowed);
  }
}
