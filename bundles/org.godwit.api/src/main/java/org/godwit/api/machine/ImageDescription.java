package org.godwit.api.machine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.godwit.api.savestate.SectionKey;

/**
 * What an image holds.
 *
 * @param machineType machine type; empty string if the stream had no configuration section
 * @param traits layout of the stream it came by and will be sent by
 * @param pageBits target page bits
 * @param capabilities validated capabilities that were on at the sender
 * @param uuid UUID of the guest, if it was sent
 * @param runState run state of the guest at its source
 * @param created when the image was complete
 * @param blocks RAM blocks in stream order
 * @param sections device sections in stream order
 * @param description whether the description of the device state was sent and kept
 */
public record ImageDescription(
    String machineType,
    StreamTraits traits,
    int pageBits,
    Set<String> capabilities,
    Optional<UUID> uuid,
    RunState runState,
    Instant created,
    List<Block> blocks,
    List<Section> sections,
    boolean description) {
  /** Copies the collections. */
  public ImageDescription {
    capabilities = Set.copyOf(capabilities);
    blocks = List.copyOf(blocks);
    sections = List.copyOf(sections);
  }

  /**
   * A RAM block.
   *
   * @param name name on the wire
   * @param length bytes
   * @param pageSize host page size as announced, 0 if not announced
   * @param guestAddress guest physical address as announced, 0 if not announced
   * @param file name of the file in the directory of the image
   * @param sha256 digest of the content, 64 lower case hexadecimal digits; empty if the receiver
   *     has not computed it yet, or ended before
   */
  public record Block(
      String name, long length, long pageSize, long guestAddress, String file, String sha256) {}

  /**
   * A device section.
   *
   * @param key idstr and instance
   * @param version section version
   * @param length bytes of its body
   * @param sha256 digest of the body, 64 lower case hexadecimal digits
   */
  public record Section(SectionKey key, int version, long length, String sha256) {}
}
