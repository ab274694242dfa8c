package org.godwit.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.wire.Peek;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.SectionType;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamReader;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.walk.StreamWalker;

/**
 * Reads a recorded migration and says what is in it. One inspector reads one recording, on one
 * thread.
 */
final class StreamInspector {

  private final Path path;
  private final InspectOptions options;
  private final ReadProgress progress;
  private final ObjectNode facts = JsonNodeFactory.instance.objectNode();
  private final List<String> anomalies = new ArrayList<>();
  private Optional<Damage> damage = Optional.empty();

  private StreamInspector(Path path, InspectOptions options, ReadProgress progress) {
    this.path = path;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Reads a recording to its end or to its first damage.
   *
   * @param path the forward stream
   * @param options what else is known
   * @param progress is told how far it has come
   * @return what was found
   * @throws IOException when a file cannot be read, or memory cannot be built up
   */
  static Inspection inspect(Path path, InspectOptions options, ReadProgress progress)
      throws IOException {
    return new StreamInspector(path, options, progress).inspect();
  }

  private Inspection inspect() throws IOException {
    Layout layout = Layout.of(path, options);
    try (RecordedFile file = new RecordedFile(path, options.fileOffset(), progress);
        GuestRam memory = new GuestRam(options.pageSize(), options.digests())) {
      RamCollector ram =
          new RamCollector(file.input(), memory, options.pageSize(), new PageFacts());
      StreamCollector collector = new StreamCollector(ram, options.devices());
      walk(file.input(), layout, collector);
      anomalies.addAll(collector.anomalies());
      if (damage.isEmpty() && file.cutOff()) {
        damage = Optional.of(Damage.cutOff(path, file.input().position()));
      }
    }
    return new Inspection(facts, anomalies, damage);
  }

  private void walk(WireInput in, Layout layout, StreamCollector collector) throws IOException {
    try (StreamWalker walker =
        StreamWalker.observing(in, layout.reader(), layout.ram(), collector)) {
      if (options.multifd().isEmpty()) {
        run(walker, in, collector);
      } else {
        runWithMultifd(walker, in, collector);
      }
      describe(walker, in, layout, collector);
    }
  }

  private void runWithMultifd(StreamWalker walker, WireInput in, StreamCollector collector)
      throws IOException {
    try (MultifdFacts multifd =
        new MultifdFacts(options.multifd(), options.pageSize(), collector.ram().memory())) {
      collector.ram().barrier(multifd);
      run(walker, in, collector);
      if (damage.isEmpty()) {
        guarded(path, () -> multifd.drain(walker.blocks()));
      }
      anomalies.addAll(multifd.anomalies());
      facts.set("multifd", multifd.describe());
    }
  }

  private void run(StreamWalker walker, WireInput in, StreamCollector collector)
      throws IOException {
    guarded(path, walker::walk);
    if (damage.isEmpty() && !collector.coloEnabled() && !in.atEnd()) {
      long from = in.position();
      while (!in.atEnd()) {
        in.skip(in.available());
      }
      anomalies.add((in.position() - from) + " bytes follow the end of the stream.");
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Keeps what was found when a step meets damage. */
  private void guarded(Path file, Step step) throws IOException {
    try {
      step.run();
    } catch (WireException e) {
      damage = Optional.of(Damage.of(file, e));
    }
  }

  private void describe(StreamWalker walker, WireInput in, Layout layout, StreamCollector collector)
      throws IOException {
    if (collector.coloEnabled() && damage.isEmpty()) {
      describeColo(walker, in, collector);
      return;
    }
    ObjectNode main = collector.ram().pages().kinds();
    if (options.preempt().isPresent() && damage.isEmpty()) {
      preempt(walker, layout, collector);
    }
    if (options.preempt().isPresent() || !options.multifd().isEmpty()) {
      facts.set("page_records_main_channel", main);
    }
    describeStream(facts, collector);
    if (options.recovery().isPresent()) {
      recovery(walker, layout, collector);
    }
    digests(facts, collector);
    readReturnPath();
  }

  private static void describeStream(ObjectNode node, StreamCollector collector) {
    PageFacts pages = collector.ram().pages();
    node.set("page_records", pages.kinds());
    node.put("page_records_for_pages_already_received", pages.again());
    node.set("page_records_per_block", pages.perBlock());
    node.set("first_page_records", pages.first());
    collector.describe(node);
  }

  private void digests(ObjectNode node, StreamCollector collector) {
    if (options.digests()) {
      ObjectNode digests = node.putObject("ram_sha256");
      collector.ram().memory().digests(progress).forEach(digests::put);
    }
  }

  private void preempt(StreamWalker walker, Layout layout, StreamCollector collector)
      throws IOException {
    Path recording = options.preempt().orElseThrow();
    try (RecordedFile file = new RecordedFile(recording, 0)) {
      PreemptFacts found = new PreemptFacts(collector.ram());
      guarded(
          recording,
          () -> StreamWalker.walkPreempt(file.input(), layout.ram(), walker.blocks(), found));
      facts.set("preempt_channel", found.describe());
    }
  }

  private void recovery(StreamWalker first, Layout layout, StreamCollector collector)
      throws IOException {
    Path recording = options.recovery().orElseThrow();
    if (damage.isPresent()) {
      facts.put("first_connection_cut", damage.get().reason());
      damage = Optional.empty();
    }
    try (RecordedFile file = new RecordedFile(recording, 0)) {
      RamCollector ram =
          new RamCollector(
              file.input(), collector.ram().memory(), options.pageSize(), new PageFacts());
      StreamCollector second = new StreamCollector(ram, false);
      ReaderOptions reader = layout.reader().forRecovery();
      try (StreamWalker walker =
          new StreamWalker(file.input(), reader, layout.ram(), second, first)) {
        guarded(recording, walker::walk);
      }
      ObjectNode node = facts.putObject("second_connection");
      describeStream(node, second);
      node.remove(List.of("configuration", "blocks"));
    }
  }

  private void describeColo(StreamWalker walker, WireInput in, StreamCollector collector)
      throws IOException {
    ObjectNode initial = facts.putObject("initial_stream");
    initial.put("end_offset", in.position());
    describeStream(initial, collector);
    digests(initial, collector);
    guarded(path, walker::walkCheckpoints);
    facts.set("after_initial_stream_forward", collector.colo().messages());
    facts.set("checkpoints", collector.colo().checkpoints());
    if (options.returnPath().isPresent()) {
      ReturnPathFacts back = new ReturnPathFacts();
      back.readColo(options.returnPath().get());
      facts.set("return_messages", back.messages());
      damage = damage.or(back::damage);
    }
  }

  private void readReturnPath() throws IOException {
    JsonNode messages = JsonNodeFactory.instance.arrayNode();
    if (options.returnPath().isPresent()) {
      ReturnPathFacts back = new ReturnPathFacts();
      back.read(options.returnPath().get());
      messages = back.messages();
      damage = damage.or(back::damage);
    }
    facts.set("return_path", messages);
  }

  /** What the head of the stream and the options tell about its layout. */
  private record Layout(ReaderOptions reader, RamFormat ram) {

    private static final int HEADER = 8;

    static Layout of(Path path, InspectOptions options) throws IOException {
      RamFormat ram =
          RamFormat.of(options.pageSize())
              .withAcceptFill(true)
              .withBlocksWithPageSize(options.blocksWithPageSize());
      ReaderOptions reader = ReaderOptions.DEFAULT;
      try (RecordedFile file = new RecordedFile(path, options.fileOffset())) {
        List<String> capabilities = new ArrayList<>(options.capabilities());
        if (old(file.input())) {
          reader = reader.forOldMachine();
        } else {
          capabilities.addAll(announced(file.input(), reader));
        }
        ram = capabilities.contains("x-ignore-shared") ? ram.withAddresses() : ram;
        ram = capabilities.contains("mapped-ram") ? ram.withMappedRam() : ram;
      } catch (WireException e) {
        // The walk itself reports damage, with all that was right before it.
        return new Layout(reader, ram);
      }
      return new Layout(reader, ram);
    }

    private static boolean old(WireInput in) throws IOException {
      in.require(HEADER + 1);
      int type =
          in.buffer().get(java.lang.foreign.ValueLayout.JAVA_BYTE, in.bufferOffset() + HEADER);
      return type == SectionType.START.code() || type == SectionType.COMMAND.code();
    }

    private static List<String> announced(WireInput in, ReaderOptions options) throws IOException {
      StreamReader reader = new StreamReader(in, options);
      reader.next();
      return Peek.nextIs(in, SectionType.CONFIGURATION.code())
              && reader.next() instanceof StreamItem.ConfigurationSection section
          ? section.configuration().capabilities()
          : List.of();
    }
  }
}
