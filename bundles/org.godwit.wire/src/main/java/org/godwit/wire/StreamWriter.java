package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.command.Command;
import org.godwit.wire.command.CommandCodec;

/**
 * Writes the top level of the forward stream; the mirror of {@link StreamReader}. Keeps no state
 * but the two settings, checks nothing: the order of sections is the sending engine's duty. Belongs
 * to the thread that writes the channel.
 */
public final class StreamWriter {

  private final WireOutput out;
  private final boolean footers;

  /**
   * Writes a stream with footers, as all machine types since 2.4 have them.
   *
   * @param out the channel
   */
  public StreamWriter(WireOutput out) {
    this(out, true);
  }

  /**
   * Writes a stream.
   *
   * @param out the channel
   * @param footers false for machine types of 2.3 and older
   */
  public StreamWriter(WireOutput out, boolean footers) {
    this.out = out;
    this.footers = footers;
  }

  /** Writes the file header (2.1). */
  public void fileHeader() throws IOException {
    out.be32(StreamReader.MAGIC);
    out.be32(StreamReader.VERSION);
  }

  /**
   * Writes the configuration section (2.2).
   *
   * @param configuration content
   */
  public void configuration(Configuration configuration) throws IOException {
    out.u8(SectionType.CONFIGURATION.code());
    ConfigurationCodec.write(out, configuration);
  }

  /**
   * Writes the head of a START section (3).
   *
   * @param id section id
   * @param idstr name
   * @param instance instance
   * @param version version of the content
   */
  public void start(long id, String idstr, long instance, long version) throws IOException {
    named(SectionType.START, id, idstr, instance, version);
  }

  /**
   * Writes the head of a FULL section (3).
   *
   * @param id section id
   * @param idstr name
   * @param instance instance
   * @param version version of the content
   */
  public void full(long id, String idstr, long instance, long version) throws IOException {
    named(SectionType.FULL, id, idstr, instance, version);
  }

  /**
   * Writes the head of a PART section (3).
   *
   * @param id section id
   */
  public void part(long id) throws IOException {
    out.u8(SectionType.PART.code());
    out.be32(id);
  }

  /**
   * Writes the head of an END section (3).
   *
   * @param id section id
   */
  public void end(long id) throws IOException {
    out.u8(SectionType.END.code());
    out.be32(id);
  }

  /**
   * Writes the head of a section of any type.
   *
   * @param header as read
   */
  public void header(SectionHeader header) throws IOException {
    switch (header.type()) {
      case PART -> part(header.id());
      case END -> end(header.id());
      default ->
          named(header.type(), header.id(), header.idstr(), header.instance(), header.version());
    }
  }

  /**
   * Writes the footer of a section, if this stream has footers (3.2).
   *
   * @param id section id
   */
  public void footer(long id) throws IOException {
    if (footers) {
      out.u8(SectionType.FOOTER.code());
      out.be32(id);
    }
  }

  /**
   * Writes a command; after {@link Command.Packaged} the caller writes the package's bytes.
   *
   * @param command the command
   */
  public void command(Command command) throws IOException {
    out.u8(SectionType.COMMAND.code());
    CommandCodec.write(out, command);
  }

  /** Writes the EOF byte (10). */
  public void endOfStream() throws IOException {
    out.u8(SectionType.EOF.code());
  }

  /**
   * Writes the vmdescription (7.3).
   *
   * @param json UTF-8 text
   */
  public void description(byte[] json) throws IOException {
    out.u8(SectionType.VMDESCRIPTION.code());
    out.be32(json.length);
    out.bytes(MemorySegment.ofArray(json), 0, json.length);
  }

  private void named(SectionType type, long id, String idstr, long instance, long version)
      throws IOException {
    out.u8(type.code());
    out.be32(id);
    out.countedString(idstr);
    out.be32(instance);
    out.be32(version);
  }
}
