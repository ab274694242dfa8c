package org.godwit.wire.walk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.godwit.wire.Peek;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.SectionTable;
import org.godwit.wire.SectionType;
import org.godwit.wire.StagedInput;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.StreamReader;
import org.godwit.wire.Trailer;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.command.Command;
import org.godwit.wire.command.CommandOrder;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.DeviceStateCutter;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.dirtybitmap.DirtyBitmapCodec;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;

/**
 * Reads a whole forward stream with all that may be in it and tells a {@link StreamVisitor}: for
 * recordings, images and tests. A walk ends with the stream, or with the first rule that is broken.
 *
 * <p>Device sections in front of the RAM section (virtio-mem) cannot be walked. Belongs to one
 * thread; {@link #close()} frees the decompressor's memory.
 */
public final class StreamWalker implements AutoCloseable {

  private final WireInput in;
  private final ReaderOptions options;
  private final StreamVisitor visitor;
  private final StreamReader reader;
  private final RamRecordReader ram;
  private Optional<VmDescription> description = Optional.empty();

  /**
   * Walks a stream from its start.
   *
   * @param in the channel
   * @param options what the stream does not tell
   * @param format layout of the RAM section
   * @param visitor is told what is found
   */
  public StreamWalker(
      WireInput in, ReaderOptions options, RamFormat format, StreamVisitor visitor) {
    this(in, options, format, visitor, new StreamReader(in, options));
  }

  private StreamWalker(
      WireInput in,
      ReaderOptions options,
      RamFormat format,
      StreamVisitor visitor,
      StreamReader reader) {
    this.in = in;
    this.options = options;
    this.visitor = visitor;
    this.reader = reader;
    this.ram = new RamRecordReader(in, format);
  }

  /**
   * Walks a stream as somebody who only looks at it: commands need no capability of this side.
   *
   * @param in the channel
   * @param options what the stream does not tell
   * @param format layout of the RAM section
   * @param visitor is told what is found
   */
  public static StreamWalker observing(
      WireInput in, ReaderOptions options, RamFormat format, StreamVisitor visitor) {
    return new StreamWalker(
        in,
        options,
        format,
        visitor,
        new StreamReader(in, options, new SectionTable(), CommandOrder.observer()));
  }

  /**
   * Walks the connection of a postcopy recovery.
   *
   * @param in the channel
   * @param options see {@link ReaderOptions#forRecovery()}
   * @param format layout of the RAM section
   * @param visitor is told what is found
   * @param first the walk of the first connection
   */
  public StreamWalker(
      WireInput in,
      ReaderOptions options,
      RamFormat format,
      StreamVisitor visitor,
      StreamWalker first) {
    this.in = in;
    this.options = options;
    this.visitor = visitor;
    first.commandOrder().reconnected();
    this.reader = new StreamReader(in, options, first.sections(), first.commandOrder());
    this.ram = new RamRecordReader(in, format, first.blocks());
    this.ram.postcopy(true);
  }

  /**
   * Lets page records address blocks of this machine that the stream does not list.
   *
   * @param machine all blocks of this machine
   */
  public void localBlocks(RamBlockList machine) {
    ram.localBlocks(machine);
  }

  /** Sections announced so far. */
  public SectionTable sections() {
    return reader.sections();
  }

  /** State of the commands so far. */
  public CommandOrder commandOrder() {
    return reader.commandOrder();
  }

  /**
   * Blocks of the migration.
   *
   * @throws IllegalStateException before the block list was read
   */
  public RamBlockList blocks() {
    return ram.blocks();
  }

  /**
   * Walks to the EOF byte and what follows it.
   *
   * @throws WireException when the stream breaks a rule or ends too early
   * @throws IOException when the input or the visitor fails
   */
  public void walk() throws IOException {
    if (options.header()) {
      reader.next();
      visitor.fileHeader();
    }
    boolean first = options.header();
    while (first || reader.peekType() != SectionType.FULL) {
      first = false;
      StreamItem item = reader.next();
      item(item);
      if (item instanceof StreamItem.EndOfStream end) {
        visitor.endOfStream(end.offset());
        visitor.trailer(reader.readTrailer());
        return;
      }
    }
    devices();
  }

  private void item(StreamItem item) throws IOException {
    switch (item) {
      case StreamItem.ConfigurationSection section ->
          visitor.configuration(section.offset(), in.position(), section.configuration());
      case StreamItem.CommandItem command -> command(command);
      case SectionHeader header -> section(header);
      case StreamItem.FileHeader header -> visitor.fileHeader();
      case StreamItem.EndOfStream end -> {
        // The caller tells the visitor, as what follows depends on the kind of stream.
      }
    }
  }

  private void command(StreamItem.CommandItem item) throws IOException {
    visitor.command(item.offset(), item.command(), false);
    if (item.command() instanceof Command.Packaged packaged) {
      long offset = in.position();
      packaged(Peek.bytes(in, (int) packaged.size()), offset);
    }
  }

  private void packaged(byte[] content, long offset) throws IOException {
    WireInput nestedInput = StagedInput.over(MemorySegment.ofArray(content), offset);
    StreamReader nested = reader.packaged(nestedInput);
    while (true) {
      if (nested.peekType() == SectionType.FULL) {
        packagedDevices(content, offset, nestedInput);
      } else if (nested.next() instanceof StreamItem.CommandItem item) {
        visitor.command(item.offset(), item.command(), true);
        if (item.command() instanceof Command.PostcopyListen) {
          ram.postcopy(true);
        }
        if (item.command() instanceof Command.PostcopyRun) {
          return;
        }
      }
    }
  }

  private void packagedDevices(byte[] content, long offset, WireInput input) throws IOException {
    int from = (int) (input.position() - offset);
    byte[] rest = Arrays.copyOfRange(content, from, content.length);
    List<DeviceSection> sections = DeviceStateCutter.cut(rest, input.position(), Optional.empty());
    for (DeviceSection section : sections) {
      visitor.deviceSection(section, true);
    }
    DeviceSection last = sections.getLast();
    input.skip(last.bodyOffset() + last.body().length + 5 - input.position());
  }

  private void section(SectionHeader header) throws IOException {
    if (header.type() == SectionType.FULL) {
      throw new WireException(
          WireException.Kind.SECTION_ORDER,
          header.offset(),
          "a device section between others",
          "device sections after the last iterable one");
    }
    visitor.sectionBegins(header);
    long body = in.position();
    switch (header.idstr()) {
      case "ram" -> ramBody();
      case "dirty-bitmap" -> dirtyBitmapBody();
      default ->
          throw new WireException(
              WireException.Kind.SECTION_UNKNOWN,
              header.offset(),
              "iterable section \"" + header.idstr() + "\"",
              "ram or dirty-bitmap");
    }
    long length = in.position() - body;
    reader.readFooter(header.id());
    visitor.sectionEnds(header, length);
  }

  private void ramBody() throws IOException {
    RamRecordKind kind;
    do {
      kind = ram.next();
      visitor.ramRecord(ram, kind);
    } while (kind != RamRecordKind.EOS);
  }

  private void dirtyBitmapBody() throws IOException {
    DirtyBitmapChunk chunk;
    do {
      chunk = DirtyBitmapCodec.read(in, options.limits());
      visitor.dirtyBitmapChunk(chunk);
    } while (!chunk.endsSection());
  }

  private void devices() throws IOException {
    DeviceStateCutter cutter =
        new DeviceStateCutter(in.position(), options.footers(), options.limits());
    DeviceState state;
    try {
      state = cut(cutter);
    } catch (WireException e) {
      for (DeviceSection section : cutter.partial()) {
        visitor.deviceSection(section, false);
      }
      throw e;
    }
    description = state.description();
    for (DeviceSection section : state.sections()) {
      visitor.deviceSection(section, false);
    }
    visitor.deviceState(state);
    visitor.endOfStream(state.endOffset());
    visitor.trailer(trailer(state));
  }

  private DeviceState cut(DeviceStateCutter cutter) throws IOException {
    while (!in.atEnd()) {
      int count = in.available();
      if (cutter.offer(in.buffer(), in.bufferOffset(), count)
          == DeviceStateCutter.Progress.COMPLETE) {
        in.skip(count - cutter.surplus());
        return cutter.result();
      }
      in.skip(count);
    }
    return cutter.endOfInput();
  }

  private static Trailer trailer(DeviceState state) {
    long offset = state.endOffset() + 1;
    if (state.json().isPresent()) {
      return new Trailer.Description(offset, state.json().get());
    }
    return state.warnings().isEmpty()
        ? new Trailer.Nothing(offset)
        : new Trailer.Damaged(offset, state.warnings().getFirst());
  }

  /**
   * Walks the COLO checkpoints behind the initial stream, to the end of the input (colo 4.2).
   *
   * @throws WireException when a checkpoint breaks a rule or ends too early
   * @throws IOException when the input or the visitor fails
   */
  public void walkCheckpoints() throws IOException {
    while (!in.atEnd()) {
      long offset = in.position();
      ColoMessage message = ColoMessage.read(in);
      visitor.coloMessage(offset, message);
      switch (message) {
        case VMSTATE_SEND -> live();
        case VMSTATE_SIZE -> coloDevices();
        default -> {
          // No content.
        }
      }
    }
  }

  private void live() throws IOException {
    reader.continueAfterEnd();
    while (true) {
      StreamItem item = reader.next();
      item(item);
      if (item instanceof StreamItem.EndOfStream end) {
        visitor.endOfStream(end.offset());
        return;
      }
    }
  }

  private void coloDevices() throws IOException {
    int size = ColoMessage.readSize(in, options.limits().maxColoBytes());
    long offset = in.position();
    byte[] blob = Peek.bytes(in, size);
    visitor.coloDevices(offset, blob, DeviceStateCutter.cut(blob, offset, description));
  }

  /**
   * Walks a preempt channel: bare RAM records to an EOS record or the end of the input (postcopy
   * 6).
   *
   * @param in the channel
   * @param format layout of the RAM section
   * @param blocks blocks of the migration
   * @param visitor is told of each record
   * @return whether the channel ended with an EOS record
   * @throws WireException when a record breaks a rule
   * @throws IOException when the input or the visitor fails
   */
  public static boolean walkPreempt(
      WireInput in, RamFormat format, RamBlockList blocks, StreamVisitor visitor)
      throws IOException {
    try (RamRecordReader records = new RamRecordReader(in, format, blocks)) {
      records.postcopy(true);
      while (!in.atEnd()) {
        RamRecordKind kind = records.next();
        visitor.ramRecord(records, kind);
        records.skipData();
        if (kind == RamRecordKind.EOS) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public void close() {
    ram.close();
  }
}
