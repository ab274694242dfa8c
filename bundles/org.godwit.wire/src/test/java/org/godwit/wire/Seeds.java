package org.godwit.wire;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.godwit.wire.description.VmDescriptionCodec;

/** Valid input for each parser, small enough to be mutated often. */
final class Seeds {

  private static final String BLOCKS = "0670632e72616d0000000000040000";

  private Seeds() {}

  static List<byte[]> of(Parsers parser) {
    return switch (parser) {
      case STREAM -> List.of(small("precopy-stopped-7.2"), small("dirty-bitmaps-7.2"));
      case OLD_STREAM -> List.of(small("old-machine-2.3"));
      case POSTCOPY_STREAM -> List.of(postcopy());
      case MAPPED_STREAM -> List.of(cut("mapped-ram-10.0", "file", 0, 4096));
      case RAM_RECORDS -> List.of(records(), cut("xbzrle-7.2", "forward", 2_200_000, 400));
      case COMMANDS -> List.of(commands());
      case RETURN_PATH ->
          List.of(
              Recording.of("recover-7.2").bytes("return2"),
              Recording.of("switchover-ack-10.0").bytes("return"));
      case DESCRIPTION -> List.of(description());
      case DEVICES -> List.of(devices());
      case XBZRLE ->
          List.of(HexFormat.of().parseHex("100271f3ef0f01e4"), new byte[] {0, 1, 5, 2, 1, 6});
      case MULTIFD -> List.of(cut("multifd-none-7.2", "multifd1", 0, 4096));
      case MULTIFD_ZLIB -> List.of(cut("multifd-zlib-7.2", "multifd2", 130938 - 1344, 8192));
      case DIRTY_BITMAP -> List.of(cut("dirty-bitmaps-7.2", "forward", 2828764, 2787));
      case CHECKPOINTS -> List.of(cut("colo-7.2", "forward", 2219455, 12965));
    };
  }

  private static byte[] cut(String recording, String file, int from, int length) {
    byte[] bytes = Recording.of(recording).bytes(file);
    return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + length));
  }

  /** A whole stream with few pages and few devices: the middle of both is left out. */
  private static byte[] small(String name) {
    byte[] bytes = Recording.of(name).forward();
    return Arrays.copyOf(bytes, Math.min(bytes.length, 6000));
  }

  private static byte[] postcopy() {
    byte[] bytes = Recording.of("postcopy-7.2").forward();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, 231);
    // The discards, the package and one page behind it.
    out.write(bytes, 1261219, 1274380 - 1261219 + 4200);
    return out.toByteArray();
  }

  /** One of each kind that carries something. */
  private static byte[] commands() {
    return HexFormat.of()
        .parseHex(
            "0002000400000001"
                + "0003001000000000000010000000000000001000"
                + "00060015000261620000000000000000000000000000001000"
                + "0007000400000064"
                + "000a0003026162");
  }

  private static byte[] records() {
    return HexFormat.of()
        .parseHex(
            "0000000000000002"
                + BLOCKS.substring(0, 14)
                + "00"
                + "000000000000102200"
                + "0000000000001060"
                + "010008100271f3ef0f01e4"
                + "0000000000000200"
                + "0000000000000010");
  }

  private static byte[] description() {
    byte[] bytes = Recording.of("precopy-stopped-7.2").forward();
    byte[] json = Arrays.copyOfRange(bytes, 67192 + 5, bytes.length);
    try {
      var all = VmDescriptionCodec.parse(json, 0);
      return VmDescriptionCodec.write(
          new org.godwit.wire.description.VmDescription(
              all.configuration(), all.pageSize(), all.devices().subList(0, 6)));
    } catch (WireException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Six device sections, EOF, and the description that fits them. */
  private static byte[] devices() {
    byte[] bytes = Recording.of("precopy-stopped-7.2").forward();
    BufferOutput out = new BufferOutput();
    int end = 54298;
    for (int i = 0; i < 6; i++) {
      end = nextSection(bytes, end);
    }
    out.bytes(MemorySegment.ofArray(bytes), 54298, end - 54298L);
    byte[] json = description();
    out.u8(0);
    out.u8(6);
    out.be32(json.length);
    out.bytes(MemorySegment.ofArray(json), 0, json.length);
    return out.toByteArray();
  }

  private static int nextSection(byte[] bytes, int from) {
    byte[] id = Arrays.copyOfRange(bytes, from + 1, from + 5);
    for (int at = from + 14; ; at++) {
      if (bytes[at] == 0x7E
          && Arrays.equals(bytes, at + 1, at + 5, id, 0, 4)
          && bytes[at + 5] == 4) {
        return at + 5;
      }
    }
  }
}
