package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.SectionTable;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamReader;
import org.godwit.wire.command.Command;
import org.godwit.wire.command.CommandOrder;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathWriter;

/**
 * The destination of a postcopy migration that behaves as QEMU does, connection after connection,
 * and notices every page that comes twice. Runs on a thread of the test.
 */
final class PostcopyPeer implements Runnable {
  private static final int PAGE = 4096;
  private static final byte[] RUN = {0x08, 0, 5, 0, 0};

  /** Does what a test wants at a certain point; true ends the connection without a word. */
  @FunctionalInterface
  interface Step {
    boolean at(PostcopyPeer peer) throws IOException;
  }

  /** Only what it says; nothing wrong. */
  static final Step NOTHING = peer -> false;

  private final ChannelServer server;
  private final Guests guests;
  private final Map<String, MemorySegment> memory = new LinkedHashMap<>();
  private final Map<String, BitSet> received = new LinkedHashMap<>();
  private final List<String> followed = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private SectionTable sections = new SectionTable();
  private CommandOrder order = CommandOrder.observer();
  private RamBlockList blocks = new RamBlockList(List.of());
  private ChannelReader input;
  private ReturnPathWriter answers;
  private GatherWriter out;
  private boolean running;
  private int connections;
  private int arrived;
  private boolean silent;
  private Step beforePackage = NOTHING;
  private Step loading = NOTHING;
  private Step started = NOTHING;
  private Step page = NOTHING;
  private Step atBitmap = NOTHING;
  private Step atResume = NOTHING;
  private Step atEnd = NOTHING;

  PostcopyPeer(Transport link, Guests guests) throws TransportException {
    this.server = link.listen(Endpoint.parse(Rig.URI), TransportOptions.DEFAULT);
    this.guests = guests;
  }

  PostcopyPeer start() {
    Thread _ = Thread.ofPlatform().name("postcopy-peer").daemon().start(this);
    return this;
  }

  /** PONG 3 is lost on its way. */
  PostcopyPeer silent() {
    silent = true;
    return this;
  }

  /** The package is about to be read. */
  PostcopyPeer beforePackage(Step step) {
    beforePackage = step;
    return this;
  }

  /** The package is here, nothing of it was loaded. */
  PostcopyPeer loading(Step step) {
    loading = step;
    return this;
  }

  /** RUN was executed. */
  PostcopyPeer started(Step step) {
    started = step;
    return this;
  }

  /** A page arrived after RUN. */
  PostcopyPeer page(Step step) {
    page = step;
    return this;
  }

  /** A recovery asks for a bitmap. */
  PostcopyPeer atBitmap(Step step) {
    atBitmap = step;
    return this;
  }

  /** A recovery is to be acknowledged. */
  PostcopyPeer atResume(Step step) {
    atResume = step;
    return this;
  }

  /** EOF came. */
  PostcopyPeer atEnd(Step step) {
    atEnd = step;
    return this;
  }

  synchronized List<String> followed() {
    return List.copyOf(followed);
  }

  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized byte[] memory(String block) {
    return memory.get(block).toArray(ValueLayout.JAVA_BYTE);
  }

  int connections() {
    return connections;
  }

  int arrived() {
    return arrived;
  }

  /** Returns when the source has ended the connection. */
  void awaitSource() {
    try {
      while (!input.atEnd()) {
        input.skip(input.available());
      }
    } catch (IOException e) {
      // that is an end too
    }
  }

  /** A page did not arrive after all. */
  synchronized void lose(String block, int page) {
    received.get(block).clear(page);
    memory.get(block).asSlice((long) page * PAGE, PAGE).fill((byte) 0x5A);
  }

  /** Asks for pages as QEMU does. */
  void ask(String block, long first, long pages) throws IOException {
    say(new ReturnPathMessage.ReqPagesId(first * PAGE, pages * PAGE, block));
  }

  void say(ReturnPathMessage message) throws IOException {
    answers.write(message);
    out.flush();
  }

  @Override
  public void run() {
    boolean more = true;
    while (more) {
      try (Channel channel = server.accept();
          ChannelReader in = new ChannelReader(channel, 64 << 10, new StallWatch());
          GatherWriter writer = new GatherWriter(channel, new StallWatch(), false)) {
        out = writer;
        input = in;
        answers = new ReturnPathWriter(writer);
        connections++;
        more = !serve(channel, in);
      } catch (TransportException e) {
        more = connections < 20 && !e.getMessage().contains("closed");
      } catch (IOException e) {
        // the source went away: what a test makes it do
      }
    }
  }

  /** Whether the migration is over. */
  private boolean serve(Channel channel, ChannelReader in) throws IOException {
    boolean first = connections == 1;
    ReaderOptions options = ReaderOptions.DEFAULT.withCapabilities(Set.of("postcopy-ram"));
    StreamReader reader =
        first
            ? new StreamReader(in, options)
            : new StreamReader(in, options.forRecovery(), sections, order);
    sections = reader.sections();
    order = reader.commandOrder();
    if (!first) {
      order.reconnected();
    }
    try (RamRecordReader ram =
        first
            ? new RamRecordReader(in, RamFormat.DEFAULT)
            : new RamRecordReader(in, RamFormat.DEFAULT, blocks)) {
      StreamItem item = reader.next();
      while (!(item instanceof StreamItem.EndOfStream)) {
        if (item instanceof StreamItem.CommandItem c && command(c.command(), in)) {
          channel.abort("as the test wants");
          return false;
        } else if (item instanceof StreamItem.SectionHeader section) {
          if (body(ram)) {
            channel.abort("as the test wants");
            return false;
          }
          reader.readFooter(section.id());
        }
        item = reader.next();
      }
    }
    if (atEnd.at(this)) {
      channel.abort("as the test wants");
      return false;
    }
    say(new ReturnPathMessage.Shut(0));
    boolean _ = in.atEnd();
    return true;
  }

  private boolean command(Command command, ChannelReader in) throws IOException {
    switch (command) {
      case Command.Ping ping -> say(new ReturnPathMessage.Pong(ping.value()));
      case Command.PostcopyRamDiscard discard -> discard(discard);
      case Command.Packaged packaged -> {
        return packaged(packaged.size(), in);
      }
      case Command.RecvBitmap asked -> {
        return bitmap(asked.block());
      }
      case Command.PostcopyResume resume -> {
        if (atResume.at(this)) {
          return true;
        }
        say(new ReturnPathMessage.ResumeAck());
      }
      default -> {
        // nothing to do
      }
    }
    return false;
  }

  private synchronized void discard(Command.PostcopyRamDiscard discard) {
    for (Command.Range range : discard.ranges()) {
      memory.get(discard.block()).asSlice(range.start(), range.length()).fill((byte) 0x5A);
      received
          .get(discard.block())
          .clear((int) (range.start() / PAGE), (int) ((range.start() + range.length()) / PAGE));
    }
  }

  private boolean packaged(long size, ChannelReader in) throws IOException {
    if (beforePackage.at(this)) {
      return true;
    }
    byte[] content = new byte[(int) size];
    in.copy(MemorySegment.ofArray(content), 0, size);
    if (!java.util.Arrays.equals(
        content, content.length - RUN.length, content.length, RUN, 0, RUN.length)) {
      wrong.add("a package that does not end with RUN");
    }
    if (loading.at(this)) {
      return true;
    }
    if (!silent) {
      say(new ReturnPathMessage.Pong(Handshake.PACKAGE));
    }
    running = true;
    guests.started("peer");
    return started.at(this);
  }

  private boolean bitmap(String block) throws IOException {
    if (atBitmap.at(this)) {
      return true;
    }
    int pages = (int) (memory.get(block).byteSize() / PAGE);
    byte[] bits = new byte[(int) ReturnPathMessage.RecvBitmap.bytesFor(pages)];
    byte[] set = received.get(block).toByteArray();
    System.arraycopy(set, 0, bits, 0, set.length);
    say(new ReturnPathMessage.RecvBitmap(block, bits));
    return false;
  }

  private boolean body(RamRecordReader ram) throws IOException {
    RamRecordKind kind = ram.next();
    while (kind != RamRecordKind.EOS) {
      if (kind == RamRecordKind.BLOCK_LIST) {
        announce(ram.blocks());
      } else {
        place(kind, ram);
        if (running && page.at(this)) {
          return true;
        }
      }
      kind = ram.next();
    }
    return false;
  }

  private synchronized void announce(RamBlockList list) {
    blocks = list;
    for (RamBlockEntry entry : list.entries()) {
      memory.put(entry.name(), Arena.ofAuto().allocate(entry.usedLength(), PAGE));
      received.put(entry.name(), new BitSet());
    }
  }

  private synchronized void place(RamRecordKind kind, RamRecordReader ram) throws IOException {
    String block = ram.block().name();
    int number = (int) (ram.offset() / PAGE);
    MemorySegment target = memory.get(block).asSlice(ram.offset(), PAGE);
    if (kind == RamRecordKind.ZERO) {
      target.fill((byte) 0);
    } else {
      ram.copyPage(target, 0);
    }
    if (running) {
      arrived++;
      followed.add(block + " " + number);
      if (received.get(block).get(number)) {
        wrong.add("page " + number + " of " + block + " twice");
      }
    }
    received.get(block).set(number);
  }
}
