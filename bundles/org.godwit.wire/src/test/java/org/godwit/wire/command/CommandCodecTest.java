package org.godwit.wire.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.godwit.wire.Limits;
import org.godwit.wire.Recording;
import org.godwit.wire.WireException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lengths that a peer may write beside a command, whether they fit it or not. */
class CommandCodecTest {
  private static final int BODY = 600;

  private static Command read(int code, int length, int fill) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 + BODY);
    bytes.putShort((short) code).putShort((short) length);
    while (bytes.hasRemaining()) {
      bytes.put((byte) fill);
    }
    return CommandCodec.read(Recording.input(bytes.array()), Limits.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 16, 255})
  void shouldReadOrRefuseEveryCommandOfEveryLength(int fill) throws IOException {
    int read = 0;
    for (int code = 0; code <= 12; code++) {
      for (int length = 0; length <= BODY; length++) {
        read += readOrRefuse(code, length, fill);
      }
    }
    assertTrue(read > 0, "nothing could be read");
  }

  private static int readOrRefuse(int code, int length, int fill) throws IOException {
    try {
      read(code, length, fill);
      return 1;
    } catch (WireException e) {
      assertTrue(e.offset() >= 0 && !e.found().isEmpty(), e.getMessage());
      return 0;
    }
  }

  @Test
  void shouldRefuseBitmapRequestWithoutBlockName() {
    WireException refused = assertThrows(WireException.class, () -> read(10, 0, 0));
    assertEquals(WireException.Kind.COMMAND, refused.kind());
    assertTrue(refused.getMessage().contains("RECV_BITMAP with length 0"), refused.getMessage());
  }
}
