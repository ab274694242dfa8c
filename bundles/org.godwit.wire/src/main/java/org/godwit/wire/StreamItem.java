package org.godwit.wire;

import org.godwit.wire.command.Command;

/**
 * What stands at one place of the stream, in the order of {@link StreamReader#next()}. All are
 * immutable; {@link #offset()} is the stream offset of the first byte of the item.
 */
public sealed interface StreamItem {

  /** Stream offset of the item's first byte. */
  long offset();

  /**
   * The file header (stream-format 2.1); always version 3.
   *
   * @param offset stream offset
   */
  record FileHeader(long offset) implements StreamItem {}

  /**
   * The configuration section (2.2).
   *
   * @param offset stream offset of its type byte
   * @param configuration content
   */
  record ConfigurationSection(long offset, Configuration configuration) implements StreamItem {}

  /**
   * Head of a section (3); the input now stands at its body, which the caller reads before it calls
   * {@link StreamReader#readFooter}.
   *
   * @param offset stream offset of the type byte
   * @param type {@code START}, {@code PART}, {@code END} or {@code FULL}
   * @param id section id chosen by the sender
   * @param idstr name; for PART and END that of the START
   * @param instance instance; for PART and END that of the START
   * @param version version of the content; for PART and END that of the START
   */
  record SectionHeader(
      long offset, SectionType type, long id, String idstr, long instance, long version)
      implements StreamItem {}

  /**
   * A command (commands 1). After {@link Command.Packaged} the package's bytes follow in the input.
   *
   * @param offset stream offset of the type byte
   * @param command the command
   */
  record CommandItem(long offset, Command command) implements StreamItem {}

  /**
   * The EOF byte (10). {@link StreamReader#readTrailer()} reads what may follow.
   *
   * @param offset stream offset
   */
  record EndOfStream(long offset) implements StreamItem {}
}
