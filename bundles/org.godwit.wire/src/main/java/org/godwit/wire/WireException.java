package org.godwit.wire;

import java.io.IOException;
import java.util.Objects;

/**
 * The bytes break a rule of the stream format.
 *
 * <p>Says where ({@link #offset()}), what was found and what is allowed there; {@link
 * #getMessage()} is one sentence with all three. Immutable.
 */
public final class WireException extends IOException {

  private static final long serialVersionUID = 1;

  /** Which rule was broken. */
  public enum Kind {
    /** The input ends inside an item, or before the end of the stream. */
    TRUNCATED,
    /** File magic or file version (stream-format 2.1). */
    HEADER,
    /** Configuration missing, repeated, or with something unknown in it (2.2). */
    CONFIGURATION,
    /** The machine type, page size or UUID is not the local one (2.2). */
    MACHINE,
    /** The capabilities of sender and receiver differ (2.2). */
    CAPABILITY,
    /** A byte that is no section type, or one that is not allowed here (1). */
    SECTION_TYPE,
    /** A section that breaks the life of an iterable section (3.3). */
    SECTION_ORDER,
    /** An idstr, instance or section version that is not known here (3.1). */
    SECTION_UNKNOWN,
    /** Footer byte or footer section id (3.2). */
    FOOTER,
    /** A command that is unknown or has the wrong length or content (commands 1, 2). */
    COMMAND,
    /** A command that is not allowed in this state (commands 2). */
    COMMAND_ORDER,
    /** Flags of a RAM record (4.1). */
    RAM_FLAGS,
    /** The block list (4.2). */
    BLOCK_LIST,
    /** A page record for an unknown block, without a block, or outside its block (4.3). */
    PAGE,
    /** An XBZRLE record (5). */
    XBZRLE,
    /** Compressed page data (4.3; precopy-engine 7.3). */
    COMPRESSION,
    /** The dirty-bitmap section (6). */
    DIRTY_BITMAP,
    /** The vmdescription (7.3). */
    DESCRIPTION,
    /** Device sections that cannot be told apart, or do not fit their description (7.4). */
    DEVICE,
    /** A message of the return path (commands 3). */
    RETURN_PATH,
    /** A multifd packet or initial message (precopy-engine 7). */
    MULTIFD,
    /** The mapped-ram header of a block (precopy-engine 8). */
    MAPPED_RAM,
    /** A COLO message (colo 3). */
    COLO,
    /** A configured limit was exceeded. */
    LIMIT
  }

  private final Kind kind;
  private final long offset;
  private final String found;
  private final String allowed;

  /**
   * Describes one fault.
   *
   * @param kind which rule
   * @param offset stream offset of the faulty item
   * @param found what is there
   * @param allowed what may be there
   */
  public WireException(Kind kind, long offset, String found, String allowed) {
    super("At byte offset " + offset + ": found " + found + "; allowed is " + allowed + ".");
    this.kind = kind;
    this.offset = offset;
    this.found = found;
    this.allowed = allowed;
  }

  /**
   * The input ended too early.
   *
   * @param offset stream offset where the input ended
   * @param missing number of bytes still needed for the item, at least 1
   * @return the exception to throw
   */
  public static WireException truncated(long offset, long missing) {
    String more = missing == 1 ? "at least 1 more byte" : "at least " + missing + " more bytes";
    return new WireException(Kind.TRUNCATED, offset, "the end of the input", more);
  }

  /**
   * A number from the stream exceeds a configured limit.
   *
   * @param offset stream offset of the number
   * @param what name of the quantity
   * @param value the number
   * @param limit largest number allowed
   * @return the exception to throw
   */
  public static WireException limit(long offset, String what, long value, long limit) {
    return new WireException(
        Kind.LIMIT,
        offset,
        what + " of " + Long.toUnsignedString(value),
        "at most " + limit + " by configuration");
  }

  /** One sentence with the offset, what was found and what is allowed. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** Which rule was broken. */
  public Kind kind() {
    return kind;
  }

  /** Stream offset of the faulty item, counted from the start of its channel. */
  public long offset() {
    return offset;
  }

  /** What was found there. */
  public String found() {
    return found;
  }

  /** What is allowed there. */
  public String allowed() {
    return allowed;
  }
}
