package org.godwit.wire.returnpath;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.WireOutput;

/**
 * Writes messages of the return path (commands-and-return-path 3). Keeps no state. A message must
 * not be interleaved with another one: callers on several threads share one lock.
 */
public final class ReturnPathWriter {

  private static final long BITMAP_END = 0x0123456789ABCDEFL;

  private final WireOutput out;

  /**
   * Writes one connection.
   *
   * @param out the reverse direction
   */
  public ReturnPathWriter(WireOutput out) {
    this.out = out;
  }

  /**
   * Writes one message completely.
   *
   * @param message the message
   * @throws IOException when the output fails
   */
  public void write(ReturnPathMessage message) throws IOException {
    out.be16(message.code());
    switch (message) {
      case ReturnPathMessage.Shut shut -> number(shut.value());
      case ReturnPathMessage.Pong pong -> number(pong.value());
      case ReturnPathMessage.ResumeAck ack -> number(1);
      case ReturnPathMessage.SwitchoverAck ack -> out.be16(0);
      case ReturnPathMessage.ReqPages pages -> {
        out.be16(12);
        range(pages.start(), pages.length());
      }
      case ReturnPathMessage.ReqPagesId pages -> {
        out.be16(13 + pages.block().length());
        range(pages.start(), pages.length());
        out.countedString(pages.block());
      }
      case ReturnPathMessage.RecvBitmap bitmap -> bitmap(bitmap);
    }
  }

  private void number(long value) throws IOException {
    out.be16(4);
    out.be32(value);
  }

  private void range(long start, long length) throws IOException {
    out.be64(start);
    out.be32(length);
  }

  private void bitmap(ReturnPathMessage.RecvBitmap message) throws IOException {
    out.be16(1 + message.block().length());
    out.countedString(message.block());
    out.be64(message.bitmap().length);
    out.bytes(MemorySegment.ofArray(message.bitmap()), 0, message.bitmap().length);
    out.be64(BITMAP_END);
  }
}
