package org.godwit.wire;

import java.io.IOException;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.command.Command;
import org.godwit.wire.command.CommandCodec;
import org.godwit.wire.command.CommandOrder;

/**
 * Reads the top level of the forward stream item by item (stream-format 1 to 3).
 *
 * <p>The caller reads the body of each section itself, from the same {@link WireInput}, and then
 * calls {@link #readFooter}. After {@link Command.Packaged} it reads the package into memory and
 * continues with {@link #packaged}. Belongs to the thread that reads the channel.
 */
public final class StreamReader {

  /** {@code QEVM}. */
  public static final long MAGIC = 0x5145564DL;

  /** The only file version there is today. */
  public static final long VERSION = 3;

  /** How a recovery connection begins: a command, RECV_BITMAP (8.5). */
  private static final long RECOVERY = 0x08000AL;

  private enum State {
    HEADER,
    CONFIGURATION,
    ITEMS,
    ENDED
  }

  private final WireInput in;
  private final ReaderOptions options;
  private final SectionTable sections;
  private final CommandOrder order;
  private final boolean inPackage;
  private State state;

  /**
   * Reads a stream from its start.
   *
   * @param in the channel
   * @param options what the stream does not tell
   */
  public StreamReader(WireInput in, ReaderOptions options) {
    this(
        in,
        options,
        new SectionTable(),
        new CommandOrder(options.capabilities(), options.returnPath()));
  }

  /**
   * Reads a connection that continues an earlier one (recovery, COLO checkpoints).
   *
   * @param in the channel
   * @param options what the stream does not tell; see {@link ReaderOptions#forRecovery()}
   * @param sections sections announced before
   * @param order state of the commands so far
   */
  public StreamReader(
      WireInput in, ReaderOptions options, SectionTable sections, CommandOrder order) {
    this(in, options, sections, order, false);
  }

  private StreamReader(
      WireInput in,
      ReaderOptions options,
      SectionTable sections,
      CommandOrder order,
      boolean inPackage) {
    this.in = in;
    this.options = options;
    this.sections = sections;
    this.order = order;
    this.inPackage = inPackage;
    this.state = options.header() && !inPackage ? State.HEADER : State.ITEMS;
  }

  /**
   * Reader for the content of a PACKAGED command; it shares sections and command state.
   *
   * @param content the package's bytes, see {@link StagedInput#over}
   */
  public StreamReader packaged(WireInput content) {
    return new StreamReader(content, options, sections, order, true);
  }

  /** Sections announced so far; the same object for the whole stream. */
  public SectionTable sections() {
    return sections;
  }

  /** State of the commands so far; the same object for the whole stream. */
  public CommandOrder commandOrder() {
    return order;
  }

  /**
   * Type of the next item, without consuming anything. Lets a caller take over raw bytes, e.g. from
   * the first FULL section on. Not before the header and configuration were read.
   *
   * @return the type
   * @throws IOException on an unknown type, at the end of the input, or when the input fails
   */
  public SectionType peekType() throws IOException {
    if (state != State.ITEMS && state != State.CONFIGURATION) {
      throw new IllegalStateException("There is no section type here: " + state);
    }
    return SectionType.of(Peek.next(in), in.position());
  }

  /**
   * Reads the next item.
   *
   * @return the item; after {@link StreamItem.EndOfStream} this method must not be called again
   * @throws WireException when the stream breaks a rule or ends too early
   * @throws IOException when the input fails
   */
  public StreamItem next() throws IOException {
    return switch (state) {
      case HEADER -> header();
      case CONFIGURATION, ITEMS -> item();
      case ENDED -> throw new IllegalStateException("The stream has ended.");
    };
  }

  /** The caller has taken everything up to the EOF byte from the input itself. */
  public void endedOutside() {
    state = State.ENDED;
  }

  /** Lets a COLO checkpoint or a next section loop follow after the EOF byte. */
  public void continueAfterEnd() {
    state = State.ITEMS;
  }

  /**
   * Reads the footer of a section, if this stream has footers (3.2).
   *
   * @param id section id of its head
   * @throws WireException of kind {@code FOOTER} when it is not that footer
   * @throws IOException when the input fails
   */
  public void readFooter(long id) throws IOException {
    if (!options.footers()) {
      return;
    }
    long offset = in.position();
    int code = in.u8();
    if (code != SectionType.FOOTER.code()) {
      throw footerFault(offset, String.format("byte 0x%02x", code), "the footer byte 0x7e");
    }
    long found = in.be32();
    if (found != id) {
      throw footerFault(offset, "a footer of section id " + found, "section id " + id);
    }
  }

  /**
   * Reads what follows the EOF byte. Waits for at least one byte or the end of the input; on a live
   * connection whose peer sends no description it therefore waits for that peer.
   *
   * @return what is there
   * @throws IOException when the input fails
   */
  public Trailer readTrailer() throws IOException {
    if (state != State.ENDED) {
      throw new IllegalStateException("The stream has not ended.");
    }
    long offset = in.position();
    if (in.atEnd()) {
      return new Trailer.Nothing(offset);
    }
    int code = Peek.next(in);
    if (code != SectionType.VMDESCRIPTION.code()) {
      return new Trailer.Foreign(offset, code);
    }
    in.skip(1);
    return description(offset);
  }

  private Trailer description(long offset) throws IOException {
    try {
      long length = in.be32();
      if (length > options.limits().maxDescriptionBytes()) {
        return new Trailer.Damaged(
            offset, "The description claims " + length + " bytes, more than the limit.");
      }
      return new Trailer.Description(offset, Peek.bytes(in, (int) length));
    } catch (WireException e) {
      return new Trailer.Damaged(offset, "The description is cut short. " + e.getMessage());
    }
  }

  private StreamItem header() throws IOException {
    long offset = in.position();
    long magic = in.be32();
    if (magic >>> 8 == RECOVERY) {
      throw headerFault(
          offset,
          "the recovery of an earlier connection, whose receiver is gone (RECV_BITMAP)",
          "the beginning of a stream, 0x5145564d (QEVM)");
    }
    if (magic != MAGIC) {
      throw headerFault(offset, String.format("file magic 0x%08x", magic), "0x5145564d (QEVM)");
    }
    long version = in.be32();
    if (version != VERSION) {
      throw headerFault(offset + 4, "file version " + version, "version 3");
    }
    state = State.CONFIGURATION;
    return new StreamItem.FileHeader(offset);
  }

  private StreamItem item() throws IOException {
    boolean first = state == State.CONFIGURATION;
    state = State.ITEMS;
    long offset = in.position();
    SectionType type = SectionType.of(in.u8(), offset);
    if (first && options.configuration() && type != SectionType.CONFIGURATION) {
      throw new WireException(
          WireException.Kind.CONFIGURATION,
          offset,
          "section type " + type,
          "the configuration section, directly after the file header");
    }
    return switch (type) {
      case CONFIGURATION -> configuration(offset, first);
      case START -> start(offset);
      case FULL -> named(offset, SectionType.FULL);
      case PART, END -> continued(offset, type);
      case COMMAND -> command(offset);
      case EOF -> end(offset);
      case SUBSECTION, VMDESCRIPTION, FOOTER -> throw misplaced(offset, type);
    };
  }

  private StreamItem configuration(long offset, boolean first) throws IOException {
    if (!first || !options.configuration()) {
      throw new WireException(
          WireException.Kind.CONFIGURATION,
          offset,
          "a configuration section",
          options.configuration()
              ? "exactly one, directly after the file header"
              : "none for a machine type of 2.3 or older");
    }
    return new StreamItem.ConfigurationSection(offset, ConfigurationCodec.read(in));
  }

  private StreamItem start(long offset) throws IOException {
    SectionHeader header = named(offset, SectionType.START);
    if (inPackage) {
      throw misplaced(offset, SectionType.START);
    }
    if (!options.knownIterables().contains(header.idstr())) {
      throw new WireException(
          WireException.Kind.SECTION_UNKNOWN,
          offset,
          "iterable section \"" + header.idstr() + "\"",
          "one of " + options.knownIterables());
    }
    IterableSections.check(header);
    sections.start(header, options.limits().maxSections());
    return header;
  }

  private SectionHeader named(long offset, SectionType type) throws IOException {
    long id = in.be32();
    return new SectionHeader(offset, type, id, in.countedString(), in.be32(), in.be32());
  }

  private StreamItem continued(long offset, SectionType type) throws IOException {
    if (inPackage) {
      throw misplaced(offset, type);
    }
    long id = in.be32();
    SectionHeader start =
        sections
            .find(id)
            .orElseThrow(
                () ->
                    new WireException(
                        WireException.Kind.SECTION_ORDER,
                        offset,
                        type + " of section id " + id,
                        "an id that a START announced before"));
    return new SectionHeader(offset, type, id, start.idstr(), start.instance(), start.version());
  }

  private StreamItem command(long offset) throws IOException {
    Command command = CommandCodec.read(in, options.limits());
    order.accept(command, offset, inPackage);
    return new StreamItem.CommandItem(offset, command);
  }

  private StreamItem end(long offset) throws WireException {
    if (inPackage) {
      throw misplaced(offset, SectionType.EOF);
    }
    state = State.ENDED;
    return new StreamItem.EndOfStream(offset);
  }

  private WireException misplaced(long offset, SectionType type) {
    return new WireException(
        WireException.Kind.SECTION_TYPE,
        offset,
        "section type " + type + (inPackage ? " inside a package" : " at top level"),
        inPackage ? "FULL or COMMAND" : "START, PART, END, FULL, COMMAND or EOF");
  }

  private static WireException footerFault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.FOOTER, offset, found, allowed);
  }

  private static WireException headerFault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.HEADER, offset, found, allowed);
  }
}
