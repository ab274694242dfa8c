package org.godwit.machine.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image that is being received: takes any machine type and any blocks.
 *
 * <p>Used by the receiving thread; {@link #discard()} by any. The monitor guards the files, so that
 * a discard waits for the step under way and no step begins after it.
 */
final class IncomingImage implements IncomingMachine {
  private static final Logger LOG = LoggerFactory.getLogger(IncomingImage.class);
  private static final int PAGE_BITS = 12;

  private final String name;
  private final Expectation expected;
  private final PartialDirectory directory;
  private final Clock clock;
  private final SealingTable table;
  private final List<FileBlock> blocks = new ArrayList<>();
  private StreamConfiguration configuration;
  private SectionLog sections;
  private boolean ended;

  private IncomingImage(
      String name,
      Expectation expected,
      PartialDirectory directory,
      SectionLog sections,
      Clock clock,
      SealingTable table) {
    this.name = name;
    this.expected = expected;
    this.directory = directory;
    this.sections = sections;
    this.clock = clock;
    this.table = table;
    this.configuration = unannounced(expected.machineType());
  }

  /**
   * Prepares to receive.
   *
   * @param expected which guest is taken
   * @param table where the image is entered while its digests are computed
   */
  static IncomingImage create(
      String name, Path target, Expectation expected, Clock clock, SealingTable table)
      throws MachineException {
    PartialDirectory directory = PartialDirectory.create(target, table.receiving());
    try {
      SectionLog sections = SectionLog.create(directory.path());
      return new IncomingImage(name, expected, directory, sections, clock, table);
    } catch (MachineException e) {
      directory.remove();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public StreamTraits traits() {
    return MachineTypes.traits(expected.machineType());
  }

  @Override
  public synchronized void configure(StreamConfiguration announced) throws RefusedException {
    if (announced.pageBits() != PAGE_BITS) {
      throw new RefusedException(
          "The peer has pages of 2^" + announced.pageBits() + " bytes, an image takes 2^12");
    }
    if (!announced.capabilities().isEmpty()) {
      throw new RefusedException(
          "The peer leaves memory out of the stream ("
              + String.join(", ", announced.capabilities())
              + "), so an image would not be whole; switch that off at the source");
    }
    if (announced.machineType().isEmpty() != !traits().configuration()) {
      throw new RefusedException(
          "The stream has "
              + (announced.machineType().isEmpty() ? "no" : "a")
              + " configuration section; name its machine type with the option machine-type");
    }
    if (!announced.machineType().isEmpty()) {
      expected.require(announced);
      configuration = announced;
    }
  }

  @Override
  public synchronized List<RamBlock> announce(List<BlockAnnouncement> announced)
      throws MachineException {
    requireLive();
    Set<String> names = new HashSet<>();
    for (BlockAnnouncement block : announced) {
      if (block.length() <= 0 || block.length() % 4096 != 0 || !names.add(block.name())) {
        throw new RefusedException(
            "The peer announced block \""
                + block.name()
                + "\" of "
                + block.length()
                + " bytes; names must differ and lengths be positive multiples of 4096");
      }
    }
    int before = blocks.size();
    for (BlockAnnouncement block : announced) {
      Path file = directory.path().resolve(ImageFiles.ram(blocks.size()));
      blocks.add(FileBlock.create(block, file));
    }
    return List.copyOf(blocks.subList(before, blocks.size()));
  }

  @Override
  public synchronized DeviceLoading deviceLoading() {
    return new DeviceLoading.Recorded(sections);
  }

  @Override
  public synchronized Machine commit() throws MachineException {
    requireLive();
    try {
      for (FileBlock block : blocks) {
        block.flush();
      }
      Manifest manifest = manifest();
      Sealing.persist(directory.path(), manifest, blocks, sections);
      return publish(manifest);
    } catch (IOException e) {
      discard();
      throw new MachineException(
          "Image " + directory.target() + " cannot be made whole: " + e.getMessage(), e);
    } catch (MachineException e) {
      discard();
      throw e;
    }
  }

  @Override
  public synchronized boolean reset() {
    if (ended) {
      return false;
    }
    closeFiles();
    blocks.clear();
    configuration = unannounced(expected.machineType());
    try {
      directory.clear();
      sections = SectionLog.create(directory.path());
      return true;
    } catch (IOException | MachineException e) {
      LOG.warn("Image {} cannot be received again", directory.target(), e);
      return false;
    }
  }

  @Override
  public synchronized void discard() {
    if (!ended) {
      ended = true;
      closeFiles();
      directory.remove();
    }
  }

  /** Maps the files before they get their name: what is published must not fail any more. */
  private Machine publish(Manifest manifest) throws IOException, MachineException {
    Path target = directory.target();
    Machine machine = ImageMachine.open(name, directory.path(), () -> table.await(target));
    try {
      directory.publish();
    } catch (IOException | MachineException e) {
      machine.close();
      throw e;
    }
    ended = true;
    closeFiles();
    table.start(target, manifest, directory::release);
    return machine;
  }

  private Manifest manifest() {
    List<Manifest.Block> entries = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      BlockAnnouncement block = blocks.get(i).announced();
      entries.add(
          new Manifest.Block(
              block.name(),
              block.length(),
              block.pageSize(),
              block.guestAddress(),
              ImageFiles.ram(i),
              "",
              List.of()));
    }
    StreamTraits layout = MachineTypes.traits(configuration.machineType());
    boolean described = traits().configuration();
    return new Manifest(
        configuration.machineType(),
        new StreamTraits(described, traits().footers(), described && layout.switchoverStart()),
        configuration.pageBits(),
        configuration.capabilities(),
        configuration.uuid(),
        sections.runState(),
        clock.instant(),
        entries,
        sections.sections(),
        sections.description());
  }

  private void requireLive() throws MachineException {
    if (ended) {
      throw new MachineException("Image " + directory.target() + " was given up");
    }
  }

  private void closeFiles() {
    blocks.forEach(FileBlock::close);
    try {
      sections.close();
    } catch (IOException e) {
      LOG.debug("Closing the sections of {} failed", directory.path(), e);
    }
  }

  private static StreamConfiguration unannounced(String machineType) {
    return new StreamConfiguration(machineType, PAGE_BITS, Set.of(), Optional.empty());
  }
}
