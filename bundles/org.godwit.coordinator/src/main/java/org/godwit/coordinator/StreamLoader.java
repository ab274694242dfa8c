package org.godwit.coordinator;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader.Wait;
import org.godwit.wire.Configuration;
import org.godwit.wire.Limits;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.SectionType;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamReader;
import org.godwit.wire.WireException;
import org.godwit.wire.command.Command;

/**
 * Reads one precopy stream into a machine, from the file header to what follows the EOF byte.
 * Belongs to the receiving thread.
 */
final class StreamLoader {
  private static final int PAGE_BITS = 12;

  /** A source with a vmdescription sends it at once after the EOF byte, without waiting. */
  private static final Duration SOON = Duration.ofMillis(250);

  private static final Set<Capability> VALIDATED =
      Set.of(Capability.IGNORE_SHARED, Capability.MAPPED_RAM);

  /** Told when the stream has proved to fit this machine type. */
  @FunctionalInterface
  interface Accepted {
    void run() throws EndedException;
  }

  private final ChannelReader in;
  private final IncomingMachine machine;
  private final Settings settings;
  private final Map<SectionKey, LiveLoad> live = new HashMap<>();
  private final DeviceLoader devices;
  private final Answers answers;
  private final Accepted accepted;
  private final StreamReader reader;
  private boolean touched;
  private boolean resumed;
  private boolean liveBegun;

  /**
   * Prepares to read.
   *
   * @param in the channel from its start
   * @param context machine, settings
   * @param live what can be loaded while the guest runs at the source
   * @param devices device state
   * @param answers return path
   * @param bidirectional whether the channel has one
   * @param accepted see {@link Accepted}
   */
  StreamLoader(
      ChannelReader in,
      TargetContext context,
      List<LiveLoad> live,
      DeviceLoader devices,
      Answers answers,
      boolean bidirectional,
      Accepted accepted) {
    this.in = in;
    this.machine = context.machine();
    this.settings = context.settings();
    live.forEach(load -> this.live.put(load.key(), load));
    this.devices = devices;
    this.answers = answers;
    this.accepted = accepted;
    this.reader = new StreamReader(in, options(bidirectional));
  }

  private ReaderOptions options(boolean bidirectional) {
    StreamTraits traits = machine.traits();
    return new ReaderOptions(
        true,
        traits.configuration(),
        traits.footers(),
        bidirectional,
        settings.capabilities().stream().map(Capability::wireName).collect(Collectors.toSet()),
        live.keySet().stream().map(SectionKey::idstr).collect(Collectors.toSet()),
        Limits.DEFAULT.withMaxRamBytes(settings.number(Parameter.MAX_RAM)));
  }

  /** Whether anything of the guest was changed here. */
  boolean touched() {
    return touched;
  }

  /** Reads all of it. */
  void load() throws IOException, StateException, MachineException, EndedException {
    boolean more = true;
    while (more) {
      if (liveBegun && devices.takesRest() && reader.peekType() == SectionType.FULL) {
        touched = true;
        devices.loadRest(in);
        reader.endedOutside();
        more = false;
      } else {
        more = item(reader.next());
      }
    }
  }

  private boolean item(StreamItem item)
      throws IOException, StateException, MachineException, EndedException {
    switch (item) {
      case StreamItem.FileHeader header -> begin();
      case StreamItem.ConfigurationSection section -> configure(section);
      case StreamItem.CommandItem command -> obey(command);
      case StreamItem.SectionHeader section -> section(section);
      case StreamItem.EndOfStream end -> {
        trailer();
        return false;
      }
    }
    return true;
  }

  /** A source that waits for SHUT and sends no vmdescription is not waited for. */
  private void trailer() throws IOException {
    if (!answers.isOpen() || in.waitForMore(SOON) != Wait.QUIET) {
      var _ = reader.readTrailer();
    }
  }

  private void begin() throws RefusedException, EndedException {
    if (!machine.traits().configuration()) {
      configure(new StreamConfiguration("", PAGE_BITS, Set.of(), Optional.empty()));
    }
  }

  private void configure(StreamItem.ConfigurationSection section)
      throws WireException, RefusedException, EndedException {
    Configuration sent = section.configuration();
    Set<String> capabilities = new HashSet<>(sent.capabilities());
    for (Capability capability : VALIDATED) {
      boolean there = capabilities.contains(capability.wireName());
      if (there != settings.has(capability)) {
        throw new WireException(
            WireException.Kind.CAPABILITY,
            section.offset(),
            "capability " + capability.wireName() + (there ? " on" : " off") + " at the sender",
            (there ? "off" : "on") + ", as at this side; set both alike");
      }
    }
    requireKnown(capabilities, section.offset());
    int bits = sent.pageBits().orElse(PAGE_BITS);
    if (bits != PAGE_BITS) {
      throw new WireException(
          WireException.Kind.MACHINE,
          section.offset(),
          "target page bits " + bits,
          PAGE_BITS + ", pages of 4096 bytes");
    }
    configure(new StreamConfiguration(sent.machineType(), bits, capabilities, sent.uuid()));
  }

  private static void requireKnown(Set<String> names, long offset) throws WireException {
    for (String name : names) {
      if (Capability.find(name).filter(VALIDATED::contains).isEmpty()) {
        throw new WireException(
            WireException.Kind.CAPABILITY,
            offset,
            "validated capability \"" + name + "\"",
            "x-ignore-shared or mapped-ram");
      }
    }
  }

  private void configure(StreamConfiguration configuration)
      throws RefusedException, EndedException {
    machine.configure(configuration);
    accepted.run();
  }

  private void obey(StreamItem.CommandItem item) throws IOException {
    switch (item.command()) {
      case Command.OpenReturnPath c -> answers.open();
      case Command.Ping ping -> answers.ping(ping);
      case Command.SwitchoverStart c -> {
        // a mark for devices that prepare themselves; ours need none
      }
      case Command.PostcopyAdvise c -> throw unsupported(item);
      case Command.PostcopyListen c -> throw unsupported(item);
      case Command.PostcopyRun c -> throw unsupported(item);
      case Command.PostcopyRamDiscard c -> throw unsupported(item);
      case Command.PostcopyResume c -> throw unsupported(item);
      case Command.Packaged c -> throw unsupported(item);
      case Command.RecvBitmap c -> throw unsupported(item);
      case Command.EnableColo c -> throw unsupported(item);
    }
  }

  private static WireException unsupported(StreamItem.CommandItem item) {
    return new WireException(
        WireException.Kind.COMMAND_ORDER,
        item.offset(),
        "command " + item.command().wireName(),
        "precopy commands only");
  }

  private void section(StreamItem.SectionHeader header)
      throws IOException, StateException, MachineException {
    SectionKey key = new SectionKey(header.idstr(), header.instance());
    if (header.type() == SectionType.FULL) {
      touched = true;
      full(key, header);
    } else {
      liveBegun = true;
      live(key, header);
    }
    reader.readFooter(header.id());
  }

  private void full(SectionKey key, StreamItem.SectionHeader header)
      throws IOException, StateException {
    if (liveBegun) {
      devices.load(key, (int) header.version(), in);
    } else {
      devices.loadEarly(key, (int) header.version(), header.id(), in);
    }
  }

  private void live(SectionKey key, StreamItem.SectionHeader header)
      throws IOException, StateException {
    LiveLoad load = live.get(key);
    if (load == null || !load.accepts((int) header.version())) {
      throw new WireException(
          WireException.Kind.SECTION_UNKNOWN,
          header.offset(),
          "section " + key + " of version " + header.version(),
          "one of " + live.keySet());
    }
    try {
      load.load(LiveLoad.Part.valueOf(header.type().name()), in);
      touched = true;
    } catch (StateException e) {
      // a refused block list leaves the machine as it was
      touched |= !(e.getCause() instanceof RefusedException);
      throw e;
    } catch (IOException e) {
      // whether pages came before the fault is not known here
      touched = true;
      throw e;
    }
  }

  /**
   * After everything was loaded: waits for the word that the guest is ours.
   *
   * @return the command that came
   * @throws IOException if the source breaks off instead, or says something else
   */
  Command awaitCommand() throws IOException {
    if (!resumed) {
      // a vmdescription that was late
      resumed = true;
      reader.endedOutside();
      var _ = reader.readTrailer();
      reader.continueAfterEnd();
    }
    StreamItem item = reader.next();
    if (item instanceof StreamItem.CommandItem command) {
      return command.command();
    }
    throw new WireException(
        WireException.Kind.COMMAND_ORDER, item.offset(), "something else", "PING COMMIT");
  }
}
