package org.godwit.machine.image;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.SectionKey;

/** Content of {@code image.json}. */
record Manifest(
    String machineType,
    StreamTraits traits,
    int pageBits,
    Set<String> capabilities,
    Optional<UUID> uuid,
    RunState runState,
    Instant created,
    List<Block> blocks,
    List<Section> sections,
    Optional<Text> description) {

  Manifest {
    capabilities = Set.copyOf(capabilities);
    blocks = List.copyOf(blocks);
    sections = List.copyOf(sections);
  }

  /**
   * A RAM block; {@code chunks} are CRC-32C sums of pieces of {@link ContentDigest#CHUNK} bytes.
   */
  record Block(
      String name,
      long length,
      long pageSize,
      long guestAddress,
      String file,
      String sha256,
      List<Integer> chunks) {
    Block {
      chunks = List.copyOf(chunks);
    }

    private Block with(ContentDigest.Sums sums) {
      return new Block(name, length, pageSize, guestAddress, file, sums.sha256(), sums.chunks());
    }
  }

  /**
   * A device section; its body is at {@code offset} in {@link ImageFiles#DEVICES}. An early one
   * came before the memory.
   */
  record Section(
      SectionKey key, int version, long offset, long length, String sha256, boolean early) {}

  /** The description that followed the sections. */
  record Text(long length, String sha256) {}

  /** Whether the digests of all blocks are known. */
  boolean sealed() {
    return blocks.stream().noneMatch(block -> block.sha256().isEmpty());
  }

  /** The same with the digests of all blocks, in their order. */
  Manifest seal(List<ContentDigest.Sums> sums) {
    List<Block> digested = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      digested.add(blocks.get(i).with(sums.get(i)));
    }
    return new Manifest(
        machineType,
        traits,
        pageBits,
        capabilities,
        uuid,
        runState,
        created,
        digested,
        sections,
        description);
  }

  long devicesLength() {
    return sections.isEmpty() ? 0 : sections.getLast().offset() + sections.getLast().length();
  }

  ImageDescription describe() {
    return new ImageDescription(
        machineType,
        traits,
        pageBits,
        capabilities,
        uuid,
        runState,
        created,
        blocks.stream().map(Manifest::describe).toList(),
        sections.stream().map(Manifest::describe).toList(),
        description.isPresent());
  }

  private static ImageDescription.Block describe(Block block) {
    return new ImageDescription.Block(
        block.name(),
        block.length(),
        block.pageSize(),
        block.guestAddress(),
        block.file(),
        block.sha256());
  }

  private static ImageDescription.Section describe(Section section) {
    return new ImageDescription.Section(
        section.key(), section.version(), section.length(), section.sha256());
  }
}
