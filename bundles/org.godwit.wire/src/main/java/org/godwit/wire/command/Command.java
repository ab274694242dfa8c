package org.godwit.wire.command;

import java.util.List;
import java.util.Optional;

/** A command of the forward stream (commands-and-return-path 1 and 2). All are immutable. */
public sealed interface Command {

  /** Number on the wire. */
  int code();

  /** QEMU's name, e.g. {@code OPEN_RETURN_PATH}. */
  String wireName();

  /** The source reads the reverse direction of this connection (2.1). */
  record OpenReturnPath() implements Command {
    @Override
    public int code() {
      return 1;
    }

    @Override
    public String wireName() {
      return "OPEN_RETURN_PATH";
    }
  }

  /**
   * Asks for a PONG (2.2).
   *
   * @param value comes back with the PONG; 0 to 2^32 - 1
   */
  record Ping(long value) implements Command {
    @Override
    public int code() {
      return 2;
    }

    @Override
    public String wireName() {
      return "PING";
    }
  }

  /**
   * Page sizes in a {@link PostcopyAdvise}.
   *
   * @param summary bitwise OR of the page sizes of all RAM blocks, bytes
   * @param targetPage target page size, bytes
   */
  record PageSizes(long summary, long targetPage) {}

  /**
   * Postcopy may follow (2.3).
   *
   * @param pageSizes present for RAM postcopy, absent for dirty bitmaps only
   */
  record PostcopyAdvise(Optional<PageSizes> pageSizes) implements Command {
    @Override
    public int code() {
      return 3;
    }

    @Override
    public String wireName() {
      return "POSTCOPY_ADVISE";
    }
  }

  /** Absent pages are tracked from now on (2.4). */
  record PostcopyListen() implements Command {
    @Override
    public int code() {
      return 4;
    }

    @Override
    public String wireName() {
      return "POSTCOPY_LISTEN";
    }
  }

  /** Start the guest (2.5). */
  record PostcopyRun() implements Command {
    @Override
    public int code() {
      return 5;
    }

    @Override
    public String wireName() {
      return "POSTCOPY_RUN";
    }
  }

  /**
   * A part of a RAM block.
   *
   * @param start byte offset inside the block
   * @param length bytes
   */
  record Range(long start, long length) {}

  /**
   * Drop pages that were received and are dirty now (2.6).
   *
   * @param block name of the RAM block
   * @param ranges 1 or more; a sender puts at most {@link #MOST_RANGES} in one command
   */
  record PostcopyRamDiscard(String block, List<Range> ranges) implements Command {

    /** Largest number of ranges QEMU puts in one command. */
    public static final int MOST_RANGES = 12;

    /** Copies the list. */
    public PostcopyRamDiscard {
      ranges = List.copyOf(ranges);
    }

    @Override
    public int code() {
      return 6;
    }

    @Override
    public String wireName() {
      return "POSTCOPY_RAM_DISCARD";
    }
  }

  /**
   * A nested stream follows (2.7).
   *
   * @param size bytes behind the command, 1 to the configured limit
   */
  record Packaged(long size) implements Command {
    @Override
    public int code() {
      return 7;
    }

    @Override
    public String wireName() {
      return "PACKAGED";
    }
  }

  /** COLO will follow (2.8). */
  record EnableColo() implements Command {
    @Override
    public int code() {
      return 8;
    }

    @Override
    public String wireName() {
      return "ENABLE_COLO";
    }
  }

  /** Go on with postcopy after a recovery (2.9). */
  record PostcopyResume() implements Command {
    @Override
    public int code() {
      return 9;
    }

    @Override
    public String wireName() {
      return "POSTCOPY_RESUME";
    }
  }

  /**
   * Asks for the bitmap of received pages (2.10).
   *
   * @param block name of the RAM block
   */
  record RecvBitmap(String block) implements Command {
    @Override
    public int code() {
      return 10;
    }

    @Override
    public String wireName() {
      return "RECV_BITMAP";
    }
  }

  /** Marks the switchover (2.11). */
  record SwitchoverStart() implements Command {
    @Override
    public int code() {
      return 11;
    }

    @Override
    public String wireName() {
      return "SWITCHOVER_START";
    }
  }
}
