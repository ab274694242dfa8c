package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportOptions;
import org.godwit.wire.Configuration;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathReader;

/**
 * A source that says what a test wants it to say, piece by piece, in QEMU's manner: no HELLO, no
 * COMMIT. Belongs to the test's thread.
 */
final class QemuSource implements AutoCloseable {
  final Channel channel;
  final GatherWriter out;
  final StreamWriter stream;
  private final ChannelReader in;
  private final ReturnPathReader answers;
  private final RamRecordWriter ram;
  private final MemorySegment page = Arena.ofAuto().allocate(4096, 4096);

  QemuSource(Transport link) throws IOException {
    this(link, RamBlockEntry.of("ram0", 300 * 4096L), RamBlockEntry.of("rom", 70 * 4096L));
  }

  QemuSource(Transport link, RamBlockEntry... blocks) throws IOException {
    channel = link.connect(Endpoint.parse(Rig.URI), TransportOptions.DEFAULT);
    out = new GatherWriter(channel, new StallWatch(), false);
    stream = new StreamWriter(out);
    in = new ChannelReader(channel, 4096, new StallWatch());
    answers = new ReturnPathReader(in, Limits.DEFAULT);
    ram = new RamRecordWriter(out, 4096, new RamBlockList(List.of(blocks)));
    page.fill((byte) 0x5A);
  }

  QemuSource header(String machineType) throws IOException {
    stream.fileHeader();
    stream.configuration(Configuration.of(machineType));
    return this;
  }

  QemuSource returnPath() throws IOException {
    stream.command(new Command.OpenReturnPath());
    stream.command(new Command.Ping(1));
    return this;
  }

  QemuSource start() throws IOException {
    stream.start(2, "ram", 0, 4);
    ram.blockList();
    ram.endOfSection();
    stream.footer(2);
    return this;
  }

  QemuSource blockList() throws IOException {
    ram.blockList();
    return this;
  }

  /** Page records of a section that is open. */
  QemuSource records(long... pages) throws IOException {
    for (long number : pages) {
      ram.page(0, number * 4096, page, 0);
    }
    return this;
  }

  QemuSource part(long... pages) throws IOException {
    stream.part(2);
    records(pages);
    ram.endOfSection();
    stream.footer(2);
    return this;
  }

  /** Ends a body of the RAM section. */
  QemuSource endOfBody() throws IOException {
    ram.endOfSection();
    stream.footer(2);
    return this;
  }

  QemuSource end() throws IOException {
    stream.end(2);
    ram.endOfSection();
    stream.footer(2);
    return this;
  }

  QemuSource device(String idstr, long version, int bytes) throws IOException {
    stream.full(7, idstr, 0, version);
    out.bytes(MemorySegment.ofArray(new byte[bytes]), 0, bytes);
    stream.footer(7);
    return this;
  }

  QemuSource globalState(String runState) throws IOException {
    byte[] text = new byte[100];
    byte[] name = runState.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, text, 0, name.length);
    stream.full(8, "globalstate", 0, 1);
    out.be32(name.length + 1L);
    out.bytes(MemorySegment.ofArray(text), 0, text.length);
    stream.footer(8);
    return this;
  }

  /** Everything after the header, of a guest that runs. */
  QemuSource rest() throws IOException {
    return start().part(1, 2, 3).end().device("clock", 1, 24).globalState("running");
  }

  QemuSource eof() throws IOException {
    stream.endOfStream();
    stream.description("{\"page_size\": 4096, \"devices\": []}".getBytes(StandardCharsets.UTF_8));
    out.flush();
    return this;
  }

  /** As of a QEMU with suppress-vmdesc. */
  QemuSource eofAlone() throws IOException {
    stream.endOfStream();
    out.flush();
    return this;
  }

  /** What a slow network brings later. */
  QemuSource description() throws IOException {
    stream.description("{\"page_size\": 4096, \"devices\": []}".getBytes(StandardCharsets.UTF_8));
    out.flush();
    return this;
  }

  QemuSource flush() throws IOException {
    out.flush();
    return this;
  }

  /** The next message. */
  ReturnPathMessage hear() throws IOException {
    return answers.next().orElseThrow();
  }

  /** All messages up to SHUT, or to the end. */
  List<ReturnPathMessage> listen() throws IOException {
    List<ReturnPathMessage> heard = new ArrayList<>();
    Optional<ReturnPathMessage> message = answers.next();
    while (message.isPresent()) {
      heard.add(message.get());
      if (message.get() instanceof ReturnPathMessage.Shut) {
        return heard;
      }
      message = answers.next();
    }
    return heard;
  }

  @Override
  public void close() {
    channel.close();
    out.close();
    in.close();
  }
}
