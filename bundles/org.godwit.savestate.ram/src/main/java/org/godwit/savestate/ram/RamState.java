package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordWriter;

/**
 * RAM of a guest that leaves (precopy engine, sections 2.1 and 4): bitmaps of dirty pages, scanned
 * block by block in list order, the position kept from one iteration to the next. Belongs to the
 * sending thread.
 */
final class RamState implements LiveState {
  /** Bytes of a target page. */
  static final long PAGE = 4096;

  static final SectionKey KEY = new SectionKey("ram", 0);
  static final int VERSION = 4;

  /** Pages between two looks at the budget: how far a rate limit may be overrun. */
  static final int PAGES_PER_LOOK = 16;

  /** Empty pages between two looks; their records are as long as 9 full pages. */
  private static final int EMPTY_PER_LOOK = 4096;

  private static final long RATE_PERIOD = 1_000_000_000L;

  private final OutgoingContext context;
  private final DirtyLog log;
  private final RamCounters counters;
  // shared: the channel may hand referenced memory to a thread of its own
  private final Arena arena = Arena.ofShared();
  private final List<BlockState> blocks = new ArrayList<>();
  private final Optional<XbzrleSender> xbzrle;
  private Optional<RamRecordWriter> records = Optional.empty();
  private Optional<PageSender> sender = Optional.empty();
  private boolean logging;
  private boolean closed;
  private int scanBlock;
  private long scanPage;
  private int fruitless;
  private long rateBegin;
  private long newlyDirty;
  private long sentBefore;

  RamState(OutgoingContext context) {
    this.context = context;
    this.log = context.machine().dirtyLog();
    this.counters = context.counters();
    for (RamBlock block : context.machine().blocks()) {
      blocks.add(new BlockState(block, blocks.size(), arena));
    }
    this.xbzrle =
        context.settings().has(Capability.XBZRLE)
            ? Optional.of(
                new XbzrleSender(context.settings().number(Parameter.XBZRLE_CACHE_SIZE), arena))
            : Optional.empty();
  }

  @Override
  public SectionKey key() {
    return KEY;
  }

  @Override
  public int version() {
    return VERSION;
  }

  @Override
  public void setup(StateWriter out) throws StateException, IOException {
    RamBlockList list = list();
    RamRecordWriter writer = records(out, list);
    records = Optional.of(writer);
    sender = Optional.of(new PageSender(out, writer, xbzrle, arena));
    counters.total(list.totalBytes());
    startLog();
    rateBegin = context.nanoTime();
    sync();
    writer.blockList();
    writer.endOfSection();
  }

  private static RamRecordWriter records(StateWriter out, RamBlockList list) {
    return new RamRecordWriter(new WriterOutput(out), (int) PAGE, list);
  }

  /** Writes records to a further channel. */
  RamRecordWriter further(StateWriter out) {
    return records(out, list());
  }

  private RamBlockList list() {
    boolean addresses = context.settings().has(Capability.IGNORE_SHARED);
    boolean postcopy = context.settings().has(Capability.POSTCOPY_RAM);
    List<RamBlockEntry> entries = new ArrayList<>();
    for (BlockState state : blocks) {
      RamBlock block = state.block();
      RamBlockEntry entry = RamBlockEntry.of(block.name(), block.length());
      entry = addresses ? entry.withGpa(block.guestAddress()) : entry;
      // a destination that can do postcopy reads it for blocks of huge pages
      boolean named = postcopy && block.pageSize() != PAGE;
      entries.add(named ? entry.withPageSize(block.pageSize()) : entry);
    }
    return new RamBlockList(entries);
  }

  /** Memory that lives as long as this state. */
  Arena arena() {
    return arena;
  }

  private void startLog() throws StateException {
    try {
      log.start();
      logging = true;
    } catch (MachineException e) {
      throw local("Cannot track writes to the memory of ", e);
    }
  }

  void sync() throws StateException {
    long added = 0;
    try {
      for (BlockState state : blocks) {
        added += state.sync(log);
      }
    } catch (MachineException e) {
      throw local("Cannot tell which pages were written in ", e);
    }
    newlyDirty += added;
    counters.remaining(dirtyPages());
    rate(context.nanoTime());
    xbzrle.ifPresent(XbzrleSender::synced);
    context.passDone(counters.synced());
  }

  private void rate(long now) {
    long period = now - rateBegin;
    if (period >= RATE_PERIOD) {
      counters.dirtyRate((long) (newlyDirty * (1e9 / period)));
      long sent = counters.normal() + counters.duplicate();
      xbzrle.ifPresent(x -> differenceRates(x, sent - sentBefore));
      sentBefore = sent;
      newlyDirty = 0;
      rateBegin = now;
    }
  }

  private void differenceRates(XbzrleSender differences, long otherPages) {
    differences.evaluate(otherPages);
    counters.xbzrle(differences.counters());
  }

  /** Pages left. */
  long dirtyPages() {
    long sum = 0;
    for (BlockState state : blocks) {
      sum += state.dirty().count();
    }
    return sum;
  }

  @Override
  public PendingBytes pending(Accuracy accuracy) throws StateException {
    if (accuracy == Accuracy.EXACT) {
      sync();
    }
    return new PendingBytes(dirtyPages() * PAGE, 0);
  }

  @Override
  public Progress iterate(StateWriter out, Budget budget) throws StateException, IOException {
    boolean more = true;
    while (more && !budget.exhausted()) {
      more = sendSome();
    }
    writer().endOfSection();
    return more ? Progress.MORE : Progress.DONE;
  }

  @Override
  public void complete(StateWriter out) throws StateException, IOException {
    sync();
    boolean more = true;
    while (more) {
      more = sendSome();
    }
    writer().endOfSection();
  }

  /** Sends up to {@link #PAGES_PER_LOOK} pages; false if nothing is dirty any more. */
  private boolean sendSome() throws StateException, IOException {
    long left = dirtyPages();
    PageSender pages = sender();
    pages.reset();
    int sent = 0;
    try {
      while (sent < PAGES_PER_LOOK && left > sent) {
        sent += sendRun(pages, PAGES_PER_LOOK - sent);
      }
    } catch (MachineException e) {
      throw local("Cannot read the memory of ", e);
    }
    counters.add(pages.normal(), pages.zero());
    counters.remaining(left - sent);
    xbzrle.ifPresent(x -> counters.xbzrle(x.counters()));
    return left > sent;
  }

  private int sendRun(PageSender pages, int most) throws MachineException, IOException {
    BlockState state = blocks.get(scanBlock);
    long first = state.dirty().next(scanPage);
    if (first < 0) {
      requireSomeDirty();
      nextBlock();
      return 0;
    }
    fruitless = 0;
    int count = state.dirty().run(first, Math.min(atOnce(state, first, most), toChunkEnd(first)));
    state.prepare(log, first);
    // before a page is read or skipped: a write from now on is seen by the next sync
    state.dirty().clearRun(first, count);
    pages.sendRun(state, first, count);
    scanPage = first + count;
    return count;
  }

  /** Of pages that seem to be empty, many: their records are small. */
  static int atOnce(BlockState state, long first, int most) {
    long hole = state.block().nextData(first * PAGE) / PAGE - first;
    return hole > most ? (int) Math.min(hole, EMPTY_PER_LOOK) : most;
  }

  /** A dirty log that counted more pages than it marked would be searched for ever. */
  private void requireSomeDirty() throws MachineException {
    fruitless++;
    if (fruitless > blocks.size()) {
      throw new MachineException(
          "its dirty log counted " + dirtyPages() + " pages more than it marked");
    }
  }

  private static int toChunkEnd(long page) {
    long chunk = 1L << BlockState.CHUNK_SHIFT;
    return (int) (chunk - (page & (chunk - 1)));
  }

  private void nextBlock() {
    scanPage = 0;
    scanBlock++;
    if (scanBlock == blocks.size()) {
      scanBlock = 0;
      xbzrle.ifPresent(XbzrleSender::activate);
    }
  }

  List<BlockState> blocks() {
    return blocks;
  }

  PageSender sender() {
    return sender.orElseThrow(RamState::notSetUp);
  }

  RamRecordWriter writer() {
    return records.orElseThrow(RamState::notSetUp);
  }

  private static IllegalStateException notSetUp() {
    return new IllegalStateException("setup() was not called.");
  }

  StateException local(String what, MachineException e) {
    String sentence = what + "machine " + context.machine().name() + ": " + e.getMessage();
    return new StateException(Fault.LOCAL, sentence, e);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (logging) {
      log.stop();
    }
    arena.close();
  }
}
