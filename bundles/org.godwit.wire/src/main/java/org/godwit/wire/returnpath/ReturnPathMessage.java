package org.godwit.wire.returnpath;

/** A message of the return path (commands-and-return-path 3). All are immutable. */
public sealed interface ReturnPathMessage {

  /** Number on the wire. */
  int code();

  /** QEMU's name, e.g. {@code PONG}. */
  String wireName();

  /**
   * Last message of the destination (3.5).
   *
   * @param value 0 when the whole state was loaded, else the destination failed
   */
  record Shut(long value) implements ReturnPathMessage {

    /** Whether the destination has loaded everything. */
    public boolean success() {
      return value == 0;
    }

    @Override
    public int code() {
      return 1;
    }

    @Override
    public String wireName() {
      return "SHUT";
    }
  }

  /**
   * Answer to a PING (3.6).
   *
   * @param value value of the PING
   */
  record Pong(long value) implements ReturnPathMessage {
    @Override
    public int code() {
      return 2;
    }

    @Override
    public String wireName() {
      return "PONG";
    }
  }

  /**
   * Request for pages of a named block (3.1).
   *
   * @param start byte offset inside the block
   * @param length bytes, 0 to 2^32 - 1
   * @param block name of the block
   */
  record ReqPagesId(long start, long length, String block) implements ReturnPathMessage {
    @Override
    public int code() {
      return 3;
    }

    @Override
    public String wireName() {
      return "REQ_PAGES_ID";
    }
  }

  /**
   * Request for pages of the block named last (3.1).
   *
   * @param start byte offset inside the block
   * @param length bytes, 0 to 2^32 - 1
   */
  record ReqPages(long start, long length) implements ReturnPathMessage {
    @Override
    public int code() {
      return 4;
    }

    @Override
    public String wireName() {
      return "REQ_PAGES";
    }
  }

  /**
   * Which pages of a block were received (3.2).
   *
   * @param block name of the block
   * @param bitmap bit i (byte i/8, bit i%8) stands for target page i; a multiple of 8 bytes; not
   *     copied, not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // may be many MiB: handed over, not copied
  record RecvBitmap(String block, byte[] bitmap) implements ReturnPathMessage {

    /**
     * Size of the bitmap of a block.
     *
     * @param pages number of target pages
     * @return bytes
     */
    public static long bytesFor(long pages) {
      return Math.ceilDiv(pages, 64L) * 8;
    }

    /** Number of pages whose bit is set. */
    public long received() {
      long count = 0;
      for (byte b : bitmap) {
        count += Integer.bitCount(b & 0xFF);
      }
      return count;
    }

    @Override
    public int code() {
      return 5;
    }

    @Override
    public String wireName() {
      return "RECV_BITMAP";
    }
  }

  /** Postcopy goes on after a recovery (3.3). */
  record ResumeAck() implements ReturnPathMessage {
    @Override
    public int code() {
      return 6;
    }

    @Override
    public String wireName() {
      return "RESUME_ACK";
    }
  }

  /** All devices agree to the switchover (3.4). */
  record SwitchoverAck() implements ReturnPathMessage {
    @Override
    public int code() {
      return 7;
    }

    @Override
    public String wireName() {
      return "SWITCHOVER_ACK";
    }
  }
}
