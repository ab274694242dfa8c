package org.godwit.savestate.ram;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.Capability;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.RamCounters;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.ram.RamRecordWriter;

/**
 * RAM of a guest that may run at the destination before all of it has arrived. Precopy is {@link
 * RamState}'s; from the switchover on pages go out by {@link PostcopyScan}.
 *
 * <p>Belongs to the sending thread, except {@link #request} and {@link #deliver}.
 */
final class PostcopyRam implements PostcopyState {
  private final RamState precopy;
  private final RamCounters counters;
  private final RequestQueue requests;
  private final Optional<Prefetch> prefetch;
  private final Optional<PageRelease> release;
  private final Set<String> told = new HashSet<>();
  private Optional<PostcopyScan> scan = Optional.empty();
  private Optional<RamRecordWriter> urgentRecords = Optional.empty();
  private Optional<PageSender> urgentPages = Optional.empty();

  PostcopyRam(RamState precopy, OutgoingContext context) {
    this.precopy = precopy;
    this.counters = context.counters();
    this.prefetch = Prefetch.of(precopy, context);
    List<Long> pages = precopy.blocks().stream().map(HostPages::count).toList();
    this.requests = new RequestQueue(pages, precopy.arena());
    this.release =
        context.settings().has(Capability.RELEASE_RAM)
            ? Optional.of(new PageRelease(precopy.blocks(), counters, precopy.arena()))
            : Optional.empty();
  }

  @Override
  public SectionKey key() {
    return precopy.key();
  }

  @Override
  public int version() {
    return precopy.version();
  }

  @Override
  public void setup(StateWriter out) throws StateException, IOException {
    precopy.setup(out);
  }

  @Override
  public PendingBytes pending(Accuracy accuracy) throws StateException {
    if (scan.isPresent()) {
      return new PendingBytes(0, scan.get().left() * RamState.PAGE);
    }
    long first = prefetch.map(Prefetch::left).orElse(0L) * RamState.PAGE;
    return new PendingBytes(first, precopy.pending(accuracy).total() - first);
  }

  @Override
  public Progress iterate(StateWriter out, Budget budget) throws StateException, IOException {
    if (scan.isEmpty()) {
      return before(out, budget);
    }
    PostcopyScan rest = scan.get();
    while (rest.left() > 0 && (urgent() || !budget.exhausted())) {
      next(rest);
    }
    precopy.writer().endOfSection();
    return rest.left() > 0 ? Progress.MORE : Progress.DONE;
  }

  private Progress before(StateWriter out, Budget budget) throws StateException, IOException {
    if (prefetch.isEmpty() || prefetch.get().left() == 0) {
      return precopy.iterate(out, budget);
    }
    try {
      prefetch.get().iterate(budget);
    } catch (MachineException e) {
      throw precopy.local("Cannot read the memory of ", e);
    }
    precopy.writer().endOfSection();
    return prefetch.get().left() > 0 ? Progress.MORE : Progress.DONE;
  }

  @Override
  public void complete(StateWriter out) throws StateException, IOException {
    if (scan.isEmpty()) {
      precopy.complete(out);
      return;
    }
    while (scan.get().left() > 0) {
      next(scan.get());
    }
    precopy.writer().endOfSection();
    prefetch.ifPresent(Prefetch::learn);
  }

  private void next(PostcopyScan rest) throws StateException, IOException {
    try {
      rest.next();
    } catch (MachineException e) {
      throw precopy.local("Cannot read the memory of ", e);
    }
  }

  @Override
  public long pageSizes() {
    long sizes = 0;
    for (BlockState state : precopy.blocks()) {
      sizes |= state.block().pageSize();
    }
    return sizes;
  }

  @Override
  public void switchOver(DiscardSink sink) throws StateException, IOException {
    precopy.sync();
    for (BlockState state : precopy.blocks()) {
      HostPages.enlarge(state);
      DiscardRanges.tell(state, sink);
    }
    precopy.sender().plain();
    prefetch.ifPresent(Prefetch::guestStarts);
    release.ifPresent(PageRelease::begin);
    beginScan();
  }

  private void beginScan() {
    precopy.writer().lastBlock().forget();
    PostcopyScan begun = new PostcopyScan(precopy, requests, counters, release);
    urgentPages.ifPresent(begun::urgent);
    scan = Optional.of(begun);
  }

  @Override
  public void urgentChannel(StateWriter out) {
    RamRecordWriter records = precopy.further(out);
    PageSender pages = new PageSender(out, records, Optional.empty(), precopy.arena());
    urgentRecords = Optional.of(records);
    urgentPages = Optional.of(pages);
    scan.ifPresent(s -> s.urgent(pages));
  }

  @Override
  public void deliver() throws StateException, IOException {
    try {
      scan.orElseThrow().deliver();
    } catch (MachineException e) {
      throw precopy.local("Cannot read the memory of ", e);
    }
  }

  @Override
  public void endUrgentChannel() throws IOException {
    if (urgentPages.isPresent()) {
      urgentRecords.orElseThrow().endOfSection();
      urgentPages.get().flush();
    }
  }

  @Override
  public void request(String block, long start, long length) throws StateException {
    BlockState state = find(block);
    long size = state.block().length();
    if (start < 0 || start > size || length < 0 || length > size - start) {
      throw peer(
          "The destination asked for %d bytes at offset %d of block %s, which has %d."
              .formatted(length, start, block, size));
    }
    long page = state.block().pageSize();
    if (start % page != 0 || length % page != 0 || length == 0) {
      throw peer(
          "The destination asked for %d bytes at offset %d of block %s, whose pages have %d."
              .formatted(length, start, block, page));
    }
    prefetch.ifPresent(p -> p.asked(state, start, length));
    requests.ask(state.index(), start / page, length / page);
  }

  private BlockState find(String block) throws StateException {
    for (BlockState state : precopy.blocks()) {
      if (state.block().name().equals(block)) {
        return state;
      }
    }
    throw peer("The destination named block \"" + block + "\", which does not exist.");
  }

  private static StateException peer(String sentence) {
    return new StateException(Fault.PEER, sentence);
  }

  @Override
  public boolean urgent() {
    return urgentPages.isEmpty() && requests.waiting();
  }

  @Override
  public List<Block> blocks() {
    return precopy.blocks().stream()
        .map(state -> new Block(state.block().name(), state.dirty().pages()))
        .toList();
  }

  @Override
  public void received(String block, byte[] bitmap) throws StateException {
    BlockState state = find(block);
    long expected = Math.ceilDiv(state.dirty().pages(), Long.SIZE) * Long.BYTES;
    if (bitmap.length != expected) {
      throw peer(
          "The destination told %d bytes of received pages of block %s instead of %d."
              .formatted(bitmap.length, block, expected));
    }
    boolean _ = told.remove(block);
    state.dirty().setComplement(bitmap);
    if (release.isPresent()) {
      release.get().received(state);
    }
    boolean _ = told.add(block);
  }

  @Override
  public void resume() throws StateException {
    for (BlockState state : precopy.blocks()) {
      if (!told.contains(state.block().name())) {
        throw peer(
            "The destination did not tell which pages of block "
                + state.block().name()
                + " it has.");
      }
    }
    told.clear();
    requests.forget();
    beginScan();
  }

  @Override
  public boolean awaitConfirmation() {
    return release.isPresent() && release.get().awaitConfirmation();
  }

  @Override
  public void confirmed() {
    release.ifPresent(PageRelease::confirmed);
  }

  @Override
  public void allConfirmed() {
    release.ifPresent(PageRelease::allConfirmed);
  }

  @Override
  public boolean release() {
    return release.isPresent() && release.get().some();
  }

  @Override
  public void close() {
    precopy.close();
  }
}
