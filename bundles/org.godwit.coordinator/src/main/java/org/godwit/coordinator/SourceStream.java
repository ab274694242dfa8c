package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.godwit.api.machine.Machine;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.LiveState.Progress;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateWriter;
import org.godwit.api.transport.Channel;
import org.godwit.wire.Configuration;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;

/**
 * The forward stream of one outgoing migration, section by section in the order of stream format
 * 3.4. Every method flushes what it wrote. Belongs to the sending thread.
 */
final class SourceStream implements AutoCloseable {
  /**
   * Section ids count from 1: to a QEMU that receives, 0 is also the id of every section that it
   * has not seen yet, so a PART with id 0 would go to the first device that it knows.
   */
  private static final long FIRST_ID = 1;

  private record Section(long id, LiveState state) {}

  private final GatherWriter out;
  private final StreamWriter stream;
  private final Machine machine;
  private final List<Section> live = new ArrayList<>();
  private final DeviceSaver devices;

  SourceStream(GatherWriter out, Machine machine, List<LiveState> states, DeviceSaver devices) {
    this.out = out;
    this.stream = new StreamWriter(out, machine.traits().footers());
    this.machine = machine;
    this.devices = devices;
    for (LiveState state : states) {
      live.add(new Section(FIRST_ID + live.size(), state));
    }
  }

  /** Stream offset of the next byte. */
  long position() {
    return out.position();
  }

  /** File header, configuration, and with a return path its commands. */
  void begin(Settings settings, boolean returnPath, Ticket seal) throws IOException {
    stream.fileHeader();
    if (machine.traits().configuration()) {
      stream.configuration(configuration(settings));
    }
    if (returnPath) {
      stream.command(new Command.OpenReturnPath());
      stream.command(new Command.Ping(Handshake.FIRST));
      stream.command(new Command.Ping(Handshake.HELLO));
      for (long word : seal.words()) {
        stream.command(new Command.Ping(word));
      }
    }
    Optional<PostcopyState> memory = memory();
    if (memory.isPresent()) {
      stream.command(
          new Command.PostcopyAdvise(
              Optional.of(new Command.PageSizes(memory.get().pageSizes(), Figures.PAGE_SIZE))));
    }
    out.flush();
  }

  private Configuration configuration(Settings settings) {
    List<String> validated =
        settings.has(Capability.IGNORE_SHARED)
            ? List.of(Capability.IGNORE_SHARED.wireName())
            : List.of();
    Optional<UUID> uuid =
        settings.has(Capability.VALIDATE_UUID) ? machine.uuid() : Optional.empty();
    return new Configuration(machine.machineType(), OptionalInt.empty(), validated, uuid);
  }

  /** FULL of early devices, START of every live state. */
  void setup() throws StateException, IOException {
    devices(stream, out, true);
    for (Section section : live) {
      SectionKey key = section.state.key();
      stream.start(section.id, key.idstr(), key.instance(), section.state.version());
      section.state.setup(out);
      stream.footer(section.id);
      out.flush();
    }
  }

  /** What all live states still have to send. */
  PendingBytes pending(Accuracy accuracy) throws StateException {
    PendingBytes sum = PendingBytes.NONE;
    for (Section section : live) {
      sum = sum.plus(section.state.pending(accuracy));
    }
    return sum;
  }

  /** One PART of the live states, up to the first that has more to send. */
  void iterate(Budget budget) throws StateException, IOException {
    for (Section section : live) {
      stream.part(section.id);
      Progress progress = section.state.iterate(out, budget);
      stream.footer(section.id);
      out.flush();
      if (progress == Progress.MORE) {
        return;
      }
    }
  }

  /** The guest is stopped: END of every live state. */
  void complete() throws StateException, IOException {
    if (machine.traits().switchoverStart()) {
      stream.command(new Command.SwitchoverStart());
    }
    for (Section section : live) {
      end(section);
    }
    out.flush();
  }

  /** FULL of every device that was not sent early. */
  void devices() throws StateException, IOException {
    devices(stream, out, false);
    out.flush();
  }

  private void devices(StreamWriter heads, StateWriter bodies, boolean early)
      throws StateException, IOException {
    long id = FIRST_ID + live.size();
    for (DeviceState device : devices.devices()) {
      if (device.early() == early) {
        heads.full(id, device.key().idstr(), device.key().instance(), device.version());
        devices.save(device, bodies);
        heads.footer(id);
      }
      id++;
    }
  }

  /** What may follow a guest that runs already; empty if nothing may. */
  Optional<PostcopyState> memory() {
    return live.stream()
        .map(Section::state)
        .filter(PostcopyState.class::isInstance)
        .map(PostcopyState.class::cast)
        .findFirst();
  }

  /**
   * The guest is stopped: END of what cannot follow it, DISCARD of what is not up to date, PING 2
   * (postcopy, section 3, steps 4 to 8).
   */
  void discard() throws StateException, IOException {
    if (machine.traits().switchoverStart()) {
      stream.command(new Command.SwitchoverStart());
    }
    for (Section section : live) {
      if (!(section.state instanceof PostcopyState)) {
        end(section);
      }
    }
    DiscardCommands commands = new DiscardCommands(stream);
    for (Section section : live) {
      if (section.state instanceof PostcopyState memory) {
        memory.switchOver(commands);
        commands.end();
      }
    }
    ping(Handshake.DISCARDED);
  }

  private void end(Section section) throws StateException, IOException {
    stream.end(section.id);
    section.state.complete(out);
    stream.footer(section.id);
  }

  /** LISTEN, FULL of every device, PING 3, RUN; nothing is sent yet. */
  PackageBuffer pack() throws StateException, IOException {
    PackageBuffer packed = new PackageBuffer(Limits.DEFAULT.maxPackageBytes());
    StreamWriter nested = new StreamWriter(packed, machine.traits().footers());
    nested.command(new Command.PostcopyListen());
    devices(nested, packed, false);
    nested.command(new Command.Ping(Handshake.PACKAGE));
    nested.command(new Command.PostcopyRun());
    return packed;
  }

  /** The package, and PING 4 behind it. */
  void send(PackageBuffer packed) throws IOException {
    MemorySegment bytes = packed.written();
    stream.command(new Command.Packaged(bytes.byteSize()));
    out.bytes(bytes, 0, bytes.byteSize());
    ping(Handshake.BEHIND_PACKAGE);
  }

  /** One PART of what follows the guest. */
  void follow(Budget budget) throws StateException, IOException {
    for (Section section : live) {
      if (section.state instanceof PostcopyState) {
        stream.part(section.id);
        var _ = section.state.iterate(out, budget);
        stream.footer(section.id);
        out.flush();
      }
    }
  }

  /** END of what followed the guest, and EOF. */
  void finishFollowing() throws StateException, IOException {
    for (Section section : live) {
      if (section.state instanceof PostcopyState) {
        end(section);
      }
    }
    stream.endOfStream();
    out.flush();
  }

  /** Goes on over another connection. */
  void attach(Channel channel) {
    out.attach(channel);
  }

  /** A command, at once. */
  void command(Command command) throws IOException {
    stream.command(command);
    out.flush();
  }

  /** A PING. */
  void ping(long value) throws IOException {
    command(new Command.Ping(value));
  }

  /**
   * EOF and the vmdescription, where there is one.
   *
   * @return whether there is one
   */
  boolean finish() throws IOException {
    Optional<String> json = devices.description();
    stream.endOfStream();
    if (json.isPresent()) {
      stream.description(json.get().getBytes(StandardCharsets.UTF_8));
    }
    out.flush();
    return json.isPresent();
  }

  /** Releases live states and memory. */
  @Override
  public void close() {
    for (Section section : live) {
      section.state.close();
    }
    out.close();
  }
}
