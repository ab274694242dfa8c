package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.Limits;
import org.godwit.wire.WireException;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.jspecify.annotations.Nullable;

/**
 * RAM of a guest that arrives (stream format, section 4). Pages go from the staging memory straight
 * into their block. Belongs to the receiving thread.
 */
final class RamLoad implements LiveLoad {
  private static final int PAGE = (int) RamState.PAGE;
  private static final int PAGES_PER_COUNT = 1024;

  private final IncomingContext context;
  private final RamCounters counters;
  private final RamFormat format;
  // shared: a block may hand a page to a thread of its own
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch = arena.allocate(PAGE, PAGE);
  private final List<RamBlock> blocks = new ArrayList<>();
  private final List<DirtyBitmap> written = new ArrayList<>();
  private final RamArrival arrival;
  private Optional<RamRecordReader> records = Optional.empty();
  private @Nullable StateReader input;
  private boolean closed;
  private long normal;
  private long zero;

  RamLoad(IncomingContext context) {
    this.context = context;
    this.counters = context.counters();
    long most = context.settings().number(Parameter.MAX_RAM);
    this.format =
        new RamFormat(
            PAGE,
            context.settings().has(Capability.IGNORE_SHARED),
            false,
            Set.of(),
            false,
            true,
            false,
            Limits.DEFAULT.withMaxRamBytes(most));
    this.arrival = new RamArrival(context, format, arena);
  }

  @Override
  public SectionKey key() {
    return RamState.KEY;
  }

  @Override
  public boolean accepts(int version) {
    return version == RamState.VERSION;
  }

  @Override
  public Optional<PostcopyLoad> postcopy() {
    return Optional.of(arrival);
  }

  @Override
  public void load(Part part, StateReader in) throws StateException, IOException {
    RamRecordReader reader = records(in);
    reader.postcopy(arrival.listening());
    try {
      RamRecordKind kind = reader.next();
      while (kind != RamRecordKind.EOS) {
        record(kind, reader, in);
        kind = reader.next();
      }
    } catch (RefusedException e) {
      throw failed(Fault.PEER, reader, e);
    } catch (MachineException e) {
      throw failed(Fault.ENVIRONMENT, reader, e);
    }
    count();
    requireBlocks(reader, in);
  }

  /** The reader of this connection. */
  private RamRecordReader records(StateReader in) {
    if (records.isEmpty() || input != in) {
      records.ifPresent(RamRecordReader::close);
      records = Optional.of(reader(new ReaderInput(in)));
      input = in;
    }
    return records.get();
  }

  private RamRecordReader reader(ReaderInput from) {
    if (arrival.list().isPresent()) {
      return new RamRecordReader(from, format, arrival.list().get());
    }
    RamRecordReader first = new RamRecordReader(from, format);
    if (arrival.advised()) {
      first.pageSizesMayFollow();
    }
    return first;
  }

  private void record(RamRecordKind kind, RamRecordReader reader, StateReader in)
      throws MachineException, StateException, IOException {
    if (arrival.listening()) {
      moved(kind, arrival.place(kind, reader, in, arrival.pages()));
      return;
    }
    switch (kind) {
      case PAGE -> pages(reader, in);
      case ZERO -> zero(reader);
      case XBZRLE -> delta(reader);
      case COMPRESSED_PAGE -> compressed(reader);
      case BLOCK_LIST -> announce(reader);
      case MAPPED_BLOCK, MULTIFD_FLUSH, EOS ->
          throw new WireException(
              WireException.Kind.RAM_FLAGS,
              reader.recordOffset(),
              "record " + kind,
              "what a precopy stream over one channel may have");
    }
  }

  private void moved(RamRecordKind kind, int pages) {
    if (kind == RamRecordKind.PAGE) {
      normal += pages;
    } else {
      zero += pages;
    }
    countNowAndThen();
  }

  private void requireBlocks(RamRecordReader reader, StateReader in) throws WireException {
    if (!reader.hasBlocks()) {
      throw new WireException(
          WireException.Kind.BLOCK_LIST,
          in.position(),
          "the end of the START section without a block list",
          "one in START");
    }
  }

  private void announce(RamRecordReader reader)
      throws MachineException, StateException, IOException {
    List<BlockAnnouncement> announced = new ArrayList<>();
    for (RamBlockEntry entry : reader.blocks().entries()) {
      requireWholePages(entry, reader.recordOffset());
      announced.add(
          new BlockAnnouncement(
              entry.name(), entry.usedLength(), entry.pageSize().orElse(0), entry.gpa().orElse(0)));
    }
    blocks.addAll(context.machine().announce(announced));
    for (BlockAnnouncement block : announced) {
      written.add(new DirtyBitmap(block.length() / PAGE, arena));
    }
    arrival.announced(blocks, reader.blocks());
    counters.total(reader.blocks().totalBytes());
  }

  private static void requireWholePages(RamBlockEntry entry, long offset) throws WireException {
    if (entry.usedLength() < PAGE || entry.usedLength() % PAGE != 0) {
      throw new WireException(
          WireException.Kind.BLOCK_LIST,
          offset,
          "block \"" + entry.name() + "\" of " + entry.usedLength() + " bytes",
          "a positive multiple of " + PAGE);
    }
  }

  /** Pages in a row go into their block by one call, straight out of the staging memory. */
  private void pages(RamRecordReader reader, StateReader in) throws MachineException, IOException {
    int pages = reader.stagedPages();
    int block = reader.blockIndex();
    written.get(block).setRun(reader.offset() / PAGE, pages);
    arrived(block, reader.offset() / PAGE, pages);
    blocks
        .get(block)
        .writePages(
            reader.offset(), in.buffer(), in.bufferOffset(), reader.pageStride(), PAGE, pages);
    reader.takePages(pages);
    normal += pages;
    countNowAndThen();
  }

  /** A page that was never written is zero already, and stays without memory or disk behind it. */
  private void zero(RamRecordReader reader) throws MachineException, IOException {
    int pages = reader.takeZeros();
    DirtyBitmap dirtied = written.get(reader.blockIndex());
    long first = reader.offset() / PAGE;
    long end = first + pages;
    arrived(reader.blockIndex(), first, pages);
    for (long page = dirtied.next(first); page >= 0 && page < end; page = dirtied.next(page)) {
      int count = dirtied.run(page, (int) (end - page));
      blocks.get(reader.blockIndex()).zero(page * PAGE, (long) count * PAGE);
      dirtied.clearRun(page, count);
    }
    zero += pages;
    countNowAndThen();
  }

  private void delta(RamRecordReader reader) throws MachineException, IOException {
    int block = mark(reader);
    blocks.get(block).read(reader.offset(), scratch, 0, PAGE);
    int _ = reader.decodeXbzrle(scratch, 0);
    blocks.get(block).write(reader.offset(), scratch, 0, PAGE);
  }

  private void compressed(RamRecordReader reader) throws MachineException, IOException {
    int block = mark(reader);
    reader.inflatePage(scratch, 0);
    blocks.get(block).write(reader.offset(), scratch, 0, PAGE);
    normal++;
  }

  private int mark(RamRecordReader reader) {
    int block = reader.blockIndex();
    boolean _ = written.get(block).set(reader.offset() / PAGE);
    arrived(block, reader.offset() / PAGE, 1);
    return block;
  }

  private void arrived(int block, long first, int pages) {
    if (arrival.advised()) {
      arrival.states().arrived(block, first, pages);
    }
  }

  private void countNowAndThen() {
    if (normal + zero >= PAGES_PER_COUNT) {
      count();
    }
  }

  private void count() {
    counters.add(normal, zero);
    normal = 0;
    zero = 0;
  }

  private StateException failed(Fault fault, RamRecordReader reader, MachineException e) {
    String where = "At byte offset " + reader.recordOffset() + " (RAM): ";
    return new StateException(fault, where + e.getMessage(), e);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    records.ifPresent(RamRecordReader::close);
    arrival.close();
    arena.close();
  }
}
