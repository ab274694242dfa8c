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
 * Reads one connection into a machine, from the file header (or, after a recovery, from the first
 * command) to what follows the EOF byte. Belongs to the receiving thread, except for the rest of a
 * package.
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

  /** Bytes and the items in them: the channel, or a package. */
  private record Input(ChannelReader in, StreamReader items) {}

  private final IncomingMachine machine;
  private final Settings settings;
  private final Map<SectionKey, LiveLoad> live = new HashMap<>();
  private final DeviceLoader devices;
  private final Answers answers;
  private final IncomingPostcopy postcopy;
  private final Accepted accepted;
  private final ReaderOptions options;
  private final Input main;
  private boolean resumed;
  private boolean liveBegun;
  private boolean memoryEnded;
  private boolean followed;
  // volatile: set by the receiving thread and by that of the package
  private volatile boolean touched;

  /**
   * Prepares to read a stream from its start.
   *
   * @param in the channel from its start
   * @param context machine, settings
   * @param live what can be loaded while the guest runs at the source
   * @param devices device state
   * @param answers return path
   * @param bidirectional whether the channel has one
   * @param postcopy what follows when the guest runs
   * @param accepted see {@link Accepted}
   */
  StreamLoader(
      ChannelReader in,
      TargetContext context,
      List<LiveLoad> live,
      DeviceLoader devices,
      Answers answers,
      boolean bidirectional,
      IncomingPostcopy postcopy,
      Accepted accepted) {
    this.machine = context.machine();
    this.settings = context.settings();
    live.forEach(load -> this.live.put(load.key(), load));
    this.devices = devices;
    this.answers = answers;
    this.postcopy = postcopy;
    this.accepted = accepted;
    this.options = options(bidirectional);
    this.main = new Input(in, new StreamReader(in, options));
  }

  private StreamLoader(ChannelReader in, Answers answers, StreamLoader before) {
    this.machine = before.machine;
    this.settings = before.settings;
    this.live.putAll(before.live);
    this.devices = before.devices;
    this.answers = answers;
    this.postcopy = before.postcopy;
    this.accepted = before.accepted;
    this.options = before.options;
    StreamReader earlier = before.main.items();
    earlier.commandOrder().reconnected();
    this.main =
        new Input(
            in,
            new StreamReader(
                in, options.forRecovery(), earlier.sections(), earlier.commandOrder()));
    liveBegun = true;
    touched = true;
  }

  /** Reads the connection that continues this one after a recovery. */
  StreamLoader continued(ChannelReader in, Answers next) {
    return new StreamLoader(in, next, this);
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

  /** Whether the source went on behind the package: from then on it never runs the guest again. */
  boolean followed() {
    return followed;
  }

  /** Whether anything of the guest was changed here. */
  boolean touched() {
    return touched;
  }

  /** Reads all of it. */
  void load() throws IOException, StateException, MachineException, EndedException {
    boolean more = true;
    while (more) {
      if (restIsDevices()) {
        touched = true;
        devices.loadRest(main.in());
        main.items().endedOutside();
        more = false;
      } else {
        more = item(main.items().next());
      }
    }
  }

  private boolean restIsDevices() throws IOException {
    return liveBegun
        && devices.takesRest()
        && !postcopy.listening()
        && main.items().peekType() == SectionType.FULL;
  }

  private boolean item(StreamItem item)
      throws IOException, StateException, MachineException, EndedException {
    switch (item) {
      case StreamItem.FileHeader header -> begin();
      case StreamItem.ConfigurationSection section -> configure(section);
      case StreamItem.CommandItem command -> {
        requireOutside(command);
        obey(command);
      }
      case StreamItem.SectionHeader section -> section(section, main);
      case StreamItem.EndOfStream end -> {
        end(end.offset());
        return false;
      }
    }
    return true;
  }

  /**
   * In postcopy a connection ends with END, also one that follows a recovery: only then has its
   * source seen what is missing here.
   */
  private void end(long offset) throws IOException {
    if (!postcopy.listening()) {
      trailer();
    } else if (!postcopy.takesPages() || !memoryEnded) {
      throw new WireException(
          WireException.Kind.SECTION_ORDER,
          offset,
          "the EOF byte",
          postcopy.takesPages()
              ? "an END section before it"
              : "recovery commands before POSTCOPY_RESUME");
    }
  }

  /** A source that waits for SHUT and sends no vmdescription is not waited for. */
  private void trailer() throws IOException {
    if (!answers.isOpen() || main.in().waitForMore(SOON) != Wait.QUIET) {
      var _ = main.items().readTrailer();
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

  /** RUN ends a package: elsewhere it would start a guest whose devices are still being loaded. */
  private static void requireOutside(StreamItem.CommandItem item) throws WireException {
    if (item.command() instanceof Command.PostcopyRun) {
      throw new WireException(
          WireException.Kind.COMMAND_ORDER,
          item.offset(),
          "command POSTCOPY_RUN",
          "POSTCOPY_RUN at the end of a package");
    }
  }

  private void obey(StreamItem.CommandItem item)
      throws IOException, StateException, MachineException, EndedException {
    switch (item.command()) {
      case Command.OpenReturnPath c -> answers.open();
      case Command.Ping ping -> answers.ping(ping);
      case Command.SwitchoverStart c -> {
        // a mark for devices that prepare themselves; ours need none
      }
      case Command.PostcopyAdvise advise -> advise(advise, item.offset());
      case Command.PostcopyListen listen -> listen(listen, item.offset());
      case Command.PostcopyRun c -> postcopy.run();
      case Command.PostcopyRamDiscard discard -> postcopy.discard(discard, item.offset());
      case Command.PostcopyResume resume -> postcopy.resume(resume, item.offset(), answers);
      case Command.Packaged packaged -> unpack(packaged);
      case Command.RecvBitmap bitmap -> postcopy.bitmap(bitmap, item.offset(), answers);
      case Command.EnableColo c -> throw unsupported(item);
    }
  }

  /** Behind the block list it would come too late to note which pages arrive. */
  private void advise(Command.PostcopyAdvise advise, long offset)
      throws WireException, StateException {
    if (liveBegun) {
      throw new WireException(
          WireException.Kind.COMMAND_ORDER,
          offset,
          "command " + advise.wireName() + " behind a START section",
          "it before all of them");
    }
    postcopy.advise(advise, offset);
  }

  private void listen(Command.PostcopyListen listen, long offset)
      throws IOException, StateException, EndedException {
    if (postcopy.bitmapsAlone() && !memoryEnded) {
      throw new WireException(
          WireException.Kind.SECTION_ORDER,
          offset,
          "command " + listen.wireName(),
          "END of the memory before it, as only dirty bitmaps may follow");
    }
    touched = true;
    postcopy.listen(listen, offset, answers);
  }

  /** Loads a package: up to LISTEN on this thread, the rest beside the channel. */
  @SuppressWarnings("MustBeClosed") // the thread that reads the rest closes it
  private void unpack(Command.Packaged packaged)
      throws IOException, StateException, MachineException, EndedException {
    ChannelReader content = main.in().packaged(packaged.size());
    Input input = new Input(content, main.items().packaged(content));
    boolean handed = false;
    try {
      boolean more = true;
      while (more && !postcopy.listening()) {
        more = packagedItem(input);
      }
      handed = more;
    } finally {
      if (!handed) {
        content.close();
      }
    }
    if (handed) {
      postcopy.loadPackage(() -> loadPackage(input));
    }
  }

  private void loadPackage(Input input)
      throws IOException, StateException, MachineException, EndedException {
    try (ChannelReader content = input.in()) {
      boolean more = true;
      while (more) {
        more = packagedItem(input);
      }
      content.skip(content.available());
    }
  }

  /** False after RUN, with which a package ends. */
  private boolean packagedItem(Input input)
      throws IOException, StateException, MachineException, EndedException {
    if (devices.takesRest() && input.items().peekType() == SectionType.FULL) {
      touched = true;
      devices.loadPackaged(input.in());
      return true;
    }
    StreamItem item = input.items().next();
    switch (item) {
      case StreamItem.SectionHeader section -> section(section, input);
      case StreamItem.CommandItem command -> packagedCommand(command);
      default -> throw new IllegalStateException("The codec let " + item + " into a package.");
    }
    return !(item instanceof StreamItem.CommandItem command
        && command.command() instanceof Command.PostcopyRun);
  }

  private void packagedCommand(StreamItem.CommandItem item)
      throws IOException, StateException, MachineException, EndedException {
    if (postcopy.listening() && item.command() instanceof Command.Ping ping) {
      postcopy.ping(ping);
    } else {
      obey(item);
    }
  }

  private static WireException unsupported(StreamItem.CommandItem item) {
    return new WireException(
        WireException.Kind.COMMAND_ORDER,
        item.offset(),
        "command " + item.command().wireName(),
        "precopy commands only");
  }

  private void section(StreamItem.SectionHeader header, Input from)
      throws IOException, StateException, MachineException {
    SectionKey key = new SectionKey(header.idstr(), header.instance());
    if (postcopy.listening() && from.equals(main)) {
      requirePostcopy(header);
      followed = true;
    }
    if (header.type() == SectionType.FULL) {
      touched = true;
      full(key, header, from.in());
    } else {
      liveBegun = true;
      live(key, header);
    }
    from.items().readFooter(header.id());
  }

  private void requirePostcopy(StreamItem.SectionHeader header) throws WireException {
    boolean body = header.type() == SectionType.PART || header.type() == SectionType.END;
    if (!body || !postcopy.takesPages()) {
      throw new WireException(
          WireException.Kind.SECTION_ORDER,
          header.offset(),
          "section type " + header.type() + " of \"" + header.idstr() + "\"",
          body ? "recovery commands before POSTCOPY_RESUME" : "PART or END behind POSTCOPY_LISTEN");
    }
  }

  private void full(SectionKey key, StreamItem.SectionHeader header, ChannelReader in)
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
      load.load(LiveLoad.Part.valueOf(header.type().name()), main.in());
      memoryEnded |= header.type() == SectionType.END;
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
      main.items().endedOutside();
      var _ = main.items().readTrailer();
      main.items().continueAfterEnd();
    }
    StreamItem item = main.items().next();
    if (item instanceof StreamItem.CommandItem command) {
      return command.command();
    }
    throw new WireException(
        WireException.Kind.COMMAND_ORDER, item.offset(), "something else", "PING COMMIT");
  }
}
