package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Small reads on top of a {@link WireInput} that several codecs share. */
public final class Peek {

  private static final int FIRST_CHUNK = 64 * 1024;

  private Peek() {}

  /**
   * Looks at the next byte without consuming it.
   *
   * @param in input
   * @return the byte, 0 to 255
   * @throws IOException when the input ends or fails
   */
  public static int next(WireInput in) throws IOException {
    in.require(1);
    return in.buffer().get(ValueLayout.JAVA_BYTE, in.bufferOffset()) & 0xFF;
  }

  /**
   * Tells whether the next byte exists and has a certain value, without consuming it.
   *
   * @param in input
   * @param value 0 to 255
   * @throws IOException when the input fails
   */
  public static boolean nextIs(WireInput in, int value) throws IOException {
    return !in.atEnd() && next(in) == value;
  }

  /**
   * Reads a string whose length is known.
   *
   * @param in input
   * @param length bytes, at most 255
   * @return one character a byte
   * @throws IOException when the input ends or fails
   */
  public static String string(WireInput in, int length) throws IOException {
    return new String(bytes(in, length), StandardCharsets.ISO_8859_1);
  }

  /**
   * Reads an array whose length came from the network and was checked against a limit. Memory is
   * taken as the bytes arrive, so that a false length costs the peer as much as us.
   *
   * @param in input
   * @param length number of bytes
   * @return the bytes
   * @throws IOException when the input ends or fails
   */
  public static byte[] bytes(WireInput in, int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, FIRST_CHUNK)];
    int done = 0;
    while (done < length) {
      if (done == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * done));
      }
      in.copy(MemorySegment.ofArray(bytes), done, bytes.length - done);
      done = bytes.length;
    }
    return bytes;
  }
}
