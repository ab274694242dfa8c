package org.godwit.benchmarks.postcopy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A guest that fills its memory, tells that it is alive, and at the destination touches pages in
 * random order and tells what each touch took; its source is {@code touching_guest.S} among the
 * resources.
 */
final class TouchingProgram {
  /** What the debug port reads at a destination. */
  static final int DESTINATION = 0x0D;

  /** What the debug port reads elsewhere. */
  static final int SOURCE = 0xE9;

  /** Ticks of the processor's clock in one unit of a note. */
  static final int TICKS = 16;

  private static final int TOUCHES_AT = 32;

  private static final String CODE =
      """
      02b0ad1b02000100fc4f51e4000010000000100013011000000000003000100088130000000000000000000001000000
      fafcbc00f007008b43083d00c02f007605b800c02f002d005c0000c1e802a32400100089c3bf0000000189f869c0b179
      379e83c801b900040000f3ab4b75ebb046e6e9e4e93c0d741d0f3189c12b0d2800100081f940420f0072e8a328001000
      b02ee6e9ebddb044e6e98b0d20001000bf0000800031c0f3abbf000080008b2d200010008b1d2c00100069db0d661900
      81c35ff36e3c81e3ffff0f003b1d2400100073e6891d2c001000c1e30c0f3189c689d18a9b000000010f3129f019ca0f
      acd004ab4d75bdb04ce6e98b0d20001000c1e102be00008000bae9000000f36ef4ebfd
      """;

  private TouchingProgram() {}

  /** Writes the program to a file that {@code -kernel} takes. */
  static void writeTo(Path file, int touches) throws IOException {
    byte[] code = HexFormat.of().parseHex(CODE.replaceAll("\\s", ""));
    ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).putInt(TOUCHES_AT, touches);
    Files.write(file, code);
  }
}
