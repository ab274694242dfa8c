package org.godwit.it.relay;

import java.io.IOException;
import org.godwit.wire.Configuration;
import org.godwit.wire.StagedInput;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;

/**
 * Names what passes from the source: commands by QEMU's name ({@code PING 2} with its value),
 * {@code PART} and {@code END} for the heads of sections, {@code FULL} for a device, RAM records by
 * their kind, {@code EOF}. Sections and records of precopy have that word in front: {@code precopy
 * PAGE}.
 */
final class ForwardItems implements StreamVisitor {
  private static final int FOOTER = 5;
  private static final int COMMAND = 5;
  private static final int PING = 4;

  private final StagedInput in;
  private final Passage passage;
  private final Place place;
  private boolean left;

  ForwardItems(StagedInput in, Passage passage, Place place, boolean left) {
    this.in = in;
    this.passage = passage;
    this.place = place;
    this.left = left;
  }

  private void item(String name, long begin, long end) throws IOException {
    place.item(passage, name, begin, end);
  }

  @Override
  public void fileHeader() throws IOException {
    item("HEADER", 0, in.position());
  }

  @Override
  public void configuration(long offset, long end, Configuration configuration) throws IOException {
    item("CONFIGURATION", offset, end);
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) throws IOException {
    boolean ping = command instanceof Command.Ping;
    long end = inPackage ? offset + COMMAND + (ping ? PING : 0) : in.position();
    left |= command instanceof Command.PostcopyListen;
    String name = command instanceof Command.Ping(long value) ? "PING " + value : "";
    item(name.isEmpty() ? command.wireName() : name, offset, end);
  }

  @Override
  public void sectionBegins(SectionHeader header) throws IOException {
    item(phase() + header.type().name(), header.offset(), in.position());
  }

  @Override
  public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
    long begin = reader.recordOffset();
    reader.skipData();
    item(phase() + kind.name(), begin, in.position());
  }

  private String phase() {
    return left ? "" : "precopy ";
  }

  @Override
  public void sectionEnds(SectionHeader header, long bodyBytes) throws IOException {
    passage.passTo(in.position());
  }

  @Override
  public void deviceSection(DeviceSection section, boolean inPackage) throws IOException {
    long end = section.bodyOffset() + section.body().length + FOOTER;
    item("FULL", section.offset(), end);
  }

  @Override
  public void endOfStream(long offset) throws IOException {
    item("EOF", offset, offset + 1);
  }
}
