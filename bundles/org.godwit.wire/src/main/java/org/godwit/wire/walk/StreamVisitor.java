package org.godwit.wire.walk;

import java.io.IOException;
import java.util.List;
import org.godwit.wire.Configuration;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.Trailer;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;

/**
 * What a {@link StreamWalker} finds, in the order of the stream. Every method does nothing unless
 * overridden; an exception from one ends the walk. Called on the thread that walks.
 */
public interface StreamVisitor {

  /** The file header was read. */
  default void fileHeader() throws IOException {}

  /**
   * The configuration section was read.
   *
   * @param offset stream offset of its type byte
   * @param end stream offset after it
   * @param configuration content
   */
  default void configuration(long offset, long end, Configuration configuration)
      throws IOException {}

  /**
   * A command was read; the content of a package follows.
   *
   * @param offset stream offset of its type byte
   * @param command the command
   * @param inPackage whether it stands inside a package
   */
  default void command(long offset, Command command, boolean inPackage) throws IOException {}

  /**
   * The head of an iterable section was read; its content follows.
   *
   * @param header the head
   */
  default void sectionBegins(SectionHeader header) throws IOException {}

  /**
   * The head of a RAM record was read. The visitor may consume the record's data; what it leaves is
   * skipped.
   *
   * @param reader describes the record
   * @param kind its kind
   */
  default void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {}

  /**
   * A chunk of the dirty-bitmap section was read.
   *
   * @param chunk the chunk
   */
  default void dirtyBitmapChunk(DirtyBitmapChunk chunk) throws IOException {}

  /**
   * An iterable section was read completely, with its footer.
   *
   * @param header its head
   * @param bodyBytes length of its body
   */
  default void sectionEnds(SectionHeader header, long bodyBytes) throws IOException {}

  /**
   * A device section was cut out.
   *
   * @param section the section
   * @param inPackage whether it stands inside a package
   */
  default void deviceSection(DeviceSection section, boolean inPackage) throws IOException {}

  /**
   * All device sections up to the EOF byte were cut out; each was announced before.
   *
   * @param state the same sections together, with the description
   */
  default void deviceState(DeviceState state) throws IOException {}

  /**
   * The EOF byte was read.
   *
   * @param offset its stream offset
   */
  default void endOfStream(long offset) throws IOException {}

  /**
   * What follows the EOF byte was read.
   *
   * @param trailer what it is
   */
  default void trailer(Trailer trailer) throws IOException {}

  /**
   * A COLO message of the primary was read; the content of a checkpoint follows.
   *
   * @param offset its stream offset
   * @param message the message
   */
  default void coloMessage(long offset, ColoMessage message) throws IOException {}

  /**
   * The device state of a COLO checkpoint was read.
   *
   * @param offset stream offset of its first byte
   * @param blob all its bytes, to the EOF byte
   * @param sections the sections in it
   */
  default void coloDevices(long offset, byte[] blob, List<DeviceSection> sections)
      throws IOException {}
}
