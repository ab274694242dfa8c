package org.godwit.wire.returnpath;

import java.io.IOException;
import java.util.Optional;
import org.godwit.wire.Limits;
import org.godwit.wire.Peek;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;

/**
 * Reads the messages of the return path (commands-and-return-path 3). Belongs to the thread that
 * reads the reverse direction at the source.
 */
public final class ReturnPathReader {

  /** What a destination that expects TLS answers to plain bytes: record type 21, version 3. */
  private static final int TLS_ALERT = 0x1503;

  private static final long BITMAP_END = 0x0123456789ABCDEFL;

  private final WireInput in;
  private final Limits limits;
  private Optional<String> requestedBlock = Optional.empty();

  /**
   * Reads one connection from its start.
   *
   * @param in the reverse direction
   * @param limits for the size of received bitmaps
   */
  public ReturnPathReader(WireInput in, Limits limits) {
    this.in = in;
    this.limits = limits;
  }

  /**
   * Waits for the next message.
   *
   * @return the message, or nothing when the peer closed between two messages
   * @throws WireException of kind {@code RETURN_PATH} when it is malformed, or truncated
   * @throws IOException when the input fails
   */
  public Optional<ReturnPathMessage> next() throws IOException {
    if (in.atEnd()) {
      return Optional.empty();
    }
    long offset = in.position();
    int type = in.be16();
    int length = in.be16();
    return Optional.of(
        switch (type) {
          case 1 -> new ReturnPathMessage.Shut(number(offset, type, length));
          case 2 -> new ReturnPathMessage.Pong(number(offset, type, length));
          case 3 -> namedRequest(offset, length);
          case 4 -> request(offset, length);
          case 5 -> bitmap(offset, length);
          case 6 -> resumeAck(offset, length);
          case 7 -> switchoverAck(offset, length);
          case TLS_ALERT ->
              throw fault(
                  offset,
                  "a TLS alert (the other side speaks TLS; set tls-creds)",
                  "message type 1 to 7");
          default -> throw fault(offset, "message type " + type, "1 to 7");
        });
  }

  /** Block of the last REQ_PAGES_ID on this connection; REQ_PAGES refers to it. */
  public Optional<String> requestedBlock() {
    return requestedBlock;
  }

  private long number(long offset, int type, int length) throws IOException {
    checkLength(offset, type, length, 4);
    return in.be32();
  }

  private ReturnPathMessage namedRequest(long offset, int length) throws IOException {
    if (length < 13) {
      throw fault(offset, "REQ_PAGES_ID with length " + length, "13 plus the block name");
    }
    long start = in.be64();
    long bytes = in.be32();
    String block = name(offset, "REQ_PAGES_ID", length, 13);
    requestedBlock = Optional.of(block);
    return new ReturnPathMessage.ReqPagesId(start, bytes, block);
  }

  private ReturnPathMessage request(long offset, int length) throws IOException {
    checkLength(offset, 4, length, 12);
    if (requestedBlock.isEmpty()) {
      throw fault(offset, "REQ_PAGES without a block", "REQ_PAGES_ID before it");
    }
    return new ReturnPathMessage.ReqPages(in.be64(), in.be32());
  }

  private ReturnPathMessage bitmap(long offset, int length) throws IOException {
    if (length < 1) {
      throw fault(offset, "RECV_BITMAP with length 0", "1 plus the block name");
    }
    String block = name(offset, "RECV_BITMAP", length, 1);
    long at = in.position();
    long size = in.be64();
    if (Long.compareUnsigned(size, limits.maxBitmapBytes()) > 0) {
      throw WireException.limit(at, "a bitmap size", size, limits.maxBitmapBytes());
    }
    if (size % 8 != 0) {
      throw fault(at, "a bitmap of " + size + " bytes", "a multiple of 8");
    }
    byte[] bitmap = Peek.bytes(in, (int) size);
    long end = in.be64();
    if (end != BITMAP_END) {
      throw fault(in.position() - 8, String.format("end mark 0x%016x", end), "0x0123456789abcdef");
    }
    return new ReturnPathMessage.RecvBitmap(block, bitmap);
  }

  private ReturnPathMessage resumeAck(long offset, int length) throws IOException {
    long value = number(offset, 6, length);
    if (value != 1) {
      throw fault(offset, "RESUME_ACK " + value, "RESUME_ACK 1");
    }
    return new ReturnPathMessage.ResumeAck();
  }

  private ReturnPathMessage switchoverAck(long offset, int length) throws IOException {
    checkLength(offset, 7, length, 0);
    return new ReturnPathMessage.SwitchoverAck();
  }

  private String name(long offset, String what, int length, int fixed) throws IOException {
    int nameLength = in.u8();
    if (length != fixed + nameLength) {
      throw fault(
          offset,
          what + " with length " + length,
          fixed + nameLength + ", as its block name has " + nameLength + " bytes");
    }
    return Peek.string(in, nameLength);
  }

  private static void checkLength(long offset, int type, int length, int expected)
      throws WireException {
    if (length != expected) {
      throw fault(offset, "message type " + type + " with length " + length, "length " + expected);
    }
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.RETURN_PATH, offset, found, allowed);
  }
}
