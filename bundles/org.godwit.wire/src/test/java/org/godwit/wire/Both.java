package org.godwit.wire;

import java.io.IOException;
import java.util.List;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;

/** Facts and memory of one walk. */
public final class Both implements StreamVisitor {

  public final StreamFacts facts = new StreamFacts();
  public final RamImage memory = new RamImage();

  @Override
  public void configuration(long offset, long end, Configuration configuration) {
    facts.configuration(offset, end, configuration);
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) {
    facts.command(offset, command, inPackage);
    memory.command(offset, command, inPackage);
  }

  @Override
  public void sectionBegins(StreamItem.SectionHeader header) {
    facts.sectionBegins(header);
  }

  @Override
  public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
    if (kind == RamRecordKind.PAGE
        || kind == RamRecordKind.XBZRLE
        || kind == RamRecordKind.COMPRESSED_PAGE) {
      // Memory first: a record counts when it is complete.
      memory.ramRecord(reader, kind);
      facts.ramRecord(reader, kind);
    } else {
      facts.ramRecord(reader, kind);
      memory.ramRecord(reader, kind);
    }
  }

  @Override
  public void sectionEnds(StreamItem.SectionHeader header, long bodyBytes) {
    facts.sectionEnds(header, bodyBytes);
  }

  @Override
  public void deviceSection(DeviceSection section, boolean inPackage) {
    facts.deviceSection(section, inPackage);
  }

  @Override
  public void endOfStream(long offset) {
    facts.endOfStream(offset);
  }

  @Override
  public void trailer(Trailer trailer) {
    facts.trailer(trailer);
  }

  @Override
  public void coloDevices(long offset, byte[] blob, List<DeviceSection> sections) {}
}
