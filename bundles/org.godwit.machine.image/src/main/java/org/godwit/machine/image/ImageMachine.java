package org.godwit.machine.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.Departures;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;

/**
 * An image as a machine that can be sent, any number of times.
 *
 * <p>Its run state is the one the guest had at its source: a guest that ran there is taken for
 * running, so that the next destination lets it run on. Nothing executes here, though. Thread-safe.
 */
final class ImageMachine implements Machine, FirstPages, Departures {
  private final String name;
  private final Path directory;
  private final Manifest manifest;
  private final Arena arena;
  private final List<RamBlock> blocks;
  private final List<DeviceState> devices;
  private final Optional<String> description;
  private final DirtyLog log = new CleanLog();
  private final Runnable beforeClose;
  private final LearnedPages learned;
  private final DepartureNotes departures;
  private RunState state;
  private boolean closed;

  private ImageMachine(
      String name, Path directory, Manifest manifest, Arena arena, Runnable beforeClose)
      throws IOException, MachineException {
    this.name = name;
    this.directory = directory;
    this.manifest = manifest;
    this.arena = arena;
    this.beforeClose = beforeClose;
    this.learned = new LearnedPages(directory, manifest);
    this.departures = new DepartureNotes(directory, manifest);
    this.blocks = mapBlocks();
    this.devices = mapDevices();
    this.description = readDescription();
    this.state = atRest();
  }

  /** Opens an image; checks all files but the content of RAM, which {@link ImageVerifier} does. */
  static ImageMachine open(String name, Path directory) throws MachineException {
    ImageVerifier.requireSound(directory);
    return open(name, directory, () -> {});
  }

  /**
   * Opens an image that was just received.
   *
   * @param beforeClose waits for what still happens to the image
   */
  static ImageMachine open(String name, Path directory, Runnable beforeClose)
      throws MachineException {
    Manifest manifest = ManifestReader.read(directory);
    Arena arena = Arena.ofShared();
    try {
      return new ImageMachine(name, directory, manifest, arena, beforeClose);
    } catch (IOException | MachineException | RuntimeException e) {
      arena.close();
      if (e instanceof MachineException known) {
        throw known;
      }
      throw new MachineException("Image " + directory + " cannot be opened: " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String machineType() {
    return manifest.machineType();
  }

  @Override
  public Optional<UUID> uuid() {
    return manifest.uuid();
  }

  @Override
  public StreamTraits traits() {
    return manifest.traits();
  }

  @Override
  public List<RamBlock> blocks() {
    return blocks;
  }

  @Override
  public DirtyLog dirtyLog() {
    return log;
  }

  @Override
  public List<DeviceState> devices() {
    return devices;
  }

  @Override
  public Optional<String> recordedDescription() {
    return description;
  }

  @Override
  public synchronized RunState runState() {
    return state;
  }

  /** Takes the image back to rest after an attempt to send it; a stopped guest stays stopped. */
  @Override
  public synchronized void start() throws MachineException {
    if (atRest() != RunState.RUNNING) {
      throw new MachineException(
          "Machine " + name + " is an image, at rest; send it to one that can run its guest");
    }
    state = RunState.RUNNING;
  }

  /** Notes the state for the time of a migration; afterwards the image is as it was received. */
  @Override
  public synchronized void stop(RunState reason) {
    state = reason == RunState.POSTMIGRATE ? atRest() : reason;
  }

  @Override
  public Map<String, BitSet> known() {
    return learned.known();
  }

  @Override
  public void learn(Restore restore) {
    learned.learn(restore);
  }

  @Override
  public Optional<Lesson> lesson() {
    return learned.lesson();
  }

  @Override
  public void departs(String to) {
    departures.departs(to);
  }

  @Override
  public void settled() {
    departures.settled();
  }

  @Override
  public boolean noted() {
    return departures.noted();
  }

  @Override
  public void find() throws MachineException {
    departures.find();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    beforeClose.run();
    arena.close();
  }

  /** What the engine is told; destinations are told by the recorded section, byte for byte. */
  private RunState atRest() {
    return switch (manifest.runState()) {
      case RUNNING -> RunState.RUNNING;
      case PRELAUNCH -> RunState.PRELAUNCH;
      default -> RunState.PAUSED;
    };
  }

  private List<RamBlock> mapBlocks() throws IOException, MachineException {
    List<RamBlock> mapped = new ArrayList<>();
    for (Manifest.Block block : manifest.blocks()) {
      MemorySegment content = map(block.file(), block.length());
      DataExtents data = DataExtents.of(directory.resolve(block.file()), block.length());
      mapped.add(new MappedBlock(block, content, data));
    }
    return List.copyOf(mapped);
  }

  private List<DeviceState> mapDevices() throws IOException, MachineException {
    MemorySegment all = map(ImageFiles.DEVICES, manifest.devicesLength());
    List<DeviceState> mapped = new ArrayList<>();
    for (Manifest.Section section : manifest.sections()) {
      mapped.add(new RecordedDevice(section, all.asSlice(section.offset(), section.length())));
    }
    return List.copyOf(mapped);
  }

  private Optional<String> readDescription() throws IOException, MachineException {
    if (manifest.description().isEmpty()) {
      return Optional.empty();
    }
    Path file = directory.resolve(ImageFiles.DESCRIPTION);
    requireLength(file, manifest.description().get().length());
    return Optional.of(Files.readString(file, StandardCharsets.UTF_8));
  }

  private MemorySegment map(String fileName, long length) throws IOException, MachineException {
    Path file = directory.resolve(fileName);
    requireLength(file, length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena);
    }
  }

  private static void requireLength(Path file, long length) throws IOException, MachineException {
    if (!Files.isRegularFile(file)) {
      throw new MachineException("The image is damaged: " + file + " is missing");
    }
    long found = Files.size(file);
    if (found != length) {
      throw new MachineException(
          "The image is damaged: " + file + " has " + found + " bytes instead of " + length);
    }
  }
}
