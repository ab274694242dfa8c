package org.godwit.savestate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;

/**
 * Postcopy of RAM at the destination (postcopy, section 4). Blocks that can have absent pages are
 * trapped, others belong to a guest at rest and are simply filled.
 *
 * <p>Threads: as {@link PostcopyLoad} says.
 */
final class RamArrival implements PostcopyLoad, AutoCloseable {
  private static final long PAGE = RamState.PAGE;

  private final IncomingContext context;
  private final RamFormat format;
  private final PageStates states;
  private final FaultServer faults;
  private final List<ArrivingBlock> blocks = new ArrayList<>();
  private final List<PostcopyMemory> memory = new ArrayList<>();
  private final List<UserfaultRegion> regions = new ArrayList<>();
  private final HostPageAssembly pages;
  private final HostPageAssembly urgentPages;
  private Optional<UserfaultSession> session = Optional.empty();
  private Optional<RamBlockList> list = Optional.empty();
  private boolean advised;
  private long summary;
  // volatile: set by the receiving thread, asked by the thread of the package
  private volatile boolean listening;
  // volatile: counted by the receiving thread, read by whoever asks for statistics
  private volatile long recoveries;

  RamArrival(IncomingContext context, RamFormat format, Arena arena) {
    this.context = context;
    this.format = format;
    this.states = new PageStates(arena);
    this.faults = new FaultServer(states, blocks::get);
    this.pages = new HostPageAssembly(states, blocks, arena);
    this.urgentPages = new HostPageAssembly(states, blocks, arena);
  }

  /** Whether postcopy may follow, so that received pages have to be noted. */
  boolean advised() {
    return advised;
  }

  /** Whether pages are placed now. */
  boolean listening() {
    return listening;
  }

  PageStates states() {
    return states;
  }

  HostPageAssembly pages() {
    return pages;
  }

  /** The block list, once it is known. */
  Optional<RamBlockList> list() {
    return list;
  }

  @Override
  public void advise(long sizes, long targetPage) throws StateException {
    if (targetPage != PAGE) {
      throw peer(
          "The source announced target pages of %d bytes for postcopy; here they have %d."
              .formatted(targetPage, PAGE));
    }
    advised = true;
    summary = sizes;
  }

  /** The blocks are known. */
  void announced(List<RamBlock> found, RamBlockList announced) throws StateException {
    if (!advised) {
      return;
    }
    list = Optional.of(announced);
    long sizes = found.stream().mapToLong(RamBlock::pageSize).reduce(0, (a, b) -> a | b);
    if (sizes != summary) {
      throw peer(
          "The source announced page sizes 0x%x for postcopy; the blocks here have 0x%x."
              .formatted(summary, sizes));
    }
    found.forEach(block -> block.postcopy().ifPresent(memory::add));
    if (memory.isEmpty()) {
      found.forEach(block -> add(block, new Landing.AtRest(block)));
    } else if (memory.size() == found.size()) {
      trap(found);
    } else {
      throw new StateException(
          Fault.LOCAL, "Only some of the blocks of this machine can have absent pages.");
    }
  }

  private void add(RamBlock block, Landing landing) {
    blocks.add(new ArrivingBlock(block.name(), block.length(), block.pageSize(), landing));
    states.add(block.name(), block.length(), block.pageSize());
  }

  private void trap(List<RamBlock> found) throws StateException {
    List<GuestMemory> all = memory.stream().map(PostcopyMemory::memory).toList();
    var backend = context.userfault(all);
    try {
      UserfaultSession opened = backend.open(context.machine().name());
      session = Optional.of(opened);
      for (int i = 0; i < found.size(); i++) {
        memory.get(i).prepare();
        FaultServer.Sink sink = faults.sink(i);
        UserfaultRegion region = opened.add(all.get(i), sink);
        sink.region(region);
        region.discard(0, all.get(i).length());
        regions.add(region);
        add(found.get(i), new Landing.Trapped(found.get(i).name(), region));
      }
    } catch (UserfaultException e) {
      throw untrappable(e);
    }
  }

  private static StateException untrappable(UserfaultException e) {
    return new StateException(
        Fault.ENVIRONMENT, "Absent pages cannot be trapped: " + e.getMessage(), e);
  }

  @Override
  public void discard(String block, long offset, long length) throws StateException {
    int index = index(block);
    ArrivingBlock of = blocks.get(index);
    boolean whole = length > 0 && ((offset | length) & (of.pageSize() - 1)) == 0;
    if (!whole || offset < 0 || offset > of.length() - length) {
      throw peer(
          "The source discards %d bytes at offset %d of block \"%s\", which has %d bytes in pages of"
                  .formatted(length, offset, block, of.length())
              + " %d.".formatted(of.pageSize()));
    }
    of.landing().discard(offset, length);
    states.forget(index, offset / PAGE, length / PAGE);
  }

  private int index(String block) throws StateException {
    int index = list.map(known -> known.indexOf(block)).orElse(-1);
    if (index < 0) {
      throw peer("The source names block \"%s\", which it did not announce.".formatted(block));
    }
    return index;
  }

  @Override
  public void listen(PageRequests requests) throws StateException {
    if (list.isEmpty()) {
      throw peer("The source switched to postcopy before it announced its RAM.");
    }
    guard();
    trapAll();
    if (trapped()) {
      faults.connect(requests);
      requireTrap();
      faults.start(context.machine().name());
    }
    listening = true;
  }

  private void trapAll() throws StateException {
    try {
      for (UserfaultRegion region : regions) {
        region.trap();
      }
    } catch (UserfaultException e) {
      throw untrappable(e);
    }
  }

  /**
   * A guest whose faults nobody reads would wait for its first absent page for ever. Asked once the
   * peer is known: whoever loses the trap from then on tells the peer.
   */
  private void requireTrap() throws StateException {
    Optional<String> reason = faults.lost();
    if (reason.isPresent()) {
      throw untrappable(new UserfaultException(reason.get()));
    }
  }

  private void guard() {
    for (int i = 0; i < memory.size(); i++) {
      int block = i;
      memory.get(i).guard((offset, length, write) -> pass(block, offset, length));
    }
  }

  /**
   * Lets a thread of this process through to memory that was received. A page of zeros that came
   * before the trap may still be absent: it is settled here, for with the trap lost nobody else
   * would, and the thread would never come back.
   */
  private void pass(int block, long offset, long length) throws MachineException {
    if (length == 0) {
      return;
    }
    long page = blocks.get(block).pageSize();
    note(block, offset, length, page);
    states.await(block, offset, length);
    long first = offset / page * page;
    long end = (offset + length + page - 1) / page * page;
    try {
      var _ = regions.get(block).settle(first, end - first);
    } catch (UserfaultException e) {
      throw new MachineException(
          "Memory at offset %d of block %s cannot be settled"
              .formatted(first, blocks.get(block).name()),
          e);
    }
  }

  /** A guest that nobody traps comes here with what would be its faults. */
  private void note(int block, long offset, long length, long page) {
    if (memory.get(block).memory() instanceof GuestMemory.Gated) {
      for (long at = offset / page * page; at < offset + length; at += page) {
        var _ = states.fault(block, at, 0, System.nanoTime());
      }
    }
  }

  @Override
  public boolean trapped() {
    return session.isPresent();
  }

  @Override
  public byte[] received(String block) throws StateException {
    return states.bitmap(index(block));
  }

  @Override
  public void urgentExpected(boolean expected) {
    states.expectUrgent(expected);
  }

  @Override
  public boolean urgent(StateReader in) throws StateException, IOException {
    try (RamRecordReader records =
        new RamRecordReader(new ReaderInput(in), format, list.orElseThrow())) {
      records.postcopy(true);
      while (in.waitForMore()) {
        RamRecordKind kind = records.next();
        if (kind == RamRecordKind.EOS) {
          return true;
        }
        urgent(kind, records, in);
      }
      return false;
    }
  }

  private void urgent(RamRecordKind kind, RamRecordReader records, StateReader in)
      throws StateException, IOException {
    int count = place(kind, records, in, urgentPages);
    boolean full = kind == RamRecordKind.PAGE;
    context.counters().add(full ? count : 0, full ? 0 : count);
  }

  /** Places one record of postcopy, and those behind it that go on with it; tells how many. */
  int place(RamRecordKind kind, RamRecordReader record, StateReader in, HostPageAssembly into)
      throws StateException, IOException {
    return switch (kind) {
      case PAGE -> into.page(record, in);
      case ZERO -> into.zero(record);
      // the codec lets nothing else than EOS through in postcopy
      default -> 0;
    };
  }

  @Override
  public void pause() {
    states.disconnect();
    pages.reset();
    urgentPages.reset();
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // single writer
  public void resume(PageRequests requests) {
    recoveries++;
    faults.connect(requests);
  }

  @Override
  public void finish() throws StateException {
    states.awaitUrgent();
    long left = states.outstanding();
    if (left > 0) {
      throw peer(
          "The source ended, but %d pages that it discarded or was asked for never came."
              .formatted(left));
    }
    open();
  }

  /** Lets everybody touch the memory. */
  private void open() {
    session.ifPresent(UserfaultSession::close);
    states.finished();
    memory.forEach(PostcopyMemory::release);
  }

  @Override
  public void abandon() {
    states.abandon();
  }

  @Override
  public PostcopyStatistics statistics() {
    return states.statistics(recoveries, context.settings().has(Capability.POSTCOPY_BLOCKTIME));
  }

  @Override
  public void close() {
    states.abandon();
    session.ifPresent(UserfaultSession::close);
    memory.forEach(PostcopyMemory::release);
  }

  private static StateException peer(String sentence) {
    return new StateException(Fault.PEER, sentence);
  }
}
