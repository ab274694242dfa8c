package org.godwit.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;

/** Counts what a walk finds, in the words of the recordings' descriptions. */
public final class StreamFacts implements StreamVisitor {

  public Configuration configuration;
  public long configurationBytes;
  public final List<RamBlockEntry> blocks = new ArrayList<>();
  public final Map<String, Integer> pages = new TreeMap<>();
  public final Map<String, Map<String, Integer>> pagesOfBlock = new HashMap<>();
  public final List<String> firstPages = new ArrayList<>();
  public final List<String> commands = new ArrayList<>();
  public final List<String> sections = new ArrayList<>();
  public int endRecords;
  public int flushRecords;
  private int recordsInSection;

  @Override
  public void configuration(long offset, long end, Configuration found) {
    configuration = found;
    configurationBytes = end - offset;
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) {
    commands.add(command.wireName() + "@" + offset + (inPackage ? " in package" : ""));
  }

  @Override
  public void sectionBegins(SectionHeader header) {
    recordsInSection = 0;
  }

  @Override
  public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
    if (kind != RamRecordKind.MAPPED_BLOCK) {
      recordsInSection++;
    }
    switch (kind) {
      case BLOCK_LIST -> blocks.addAll(reader.blocks().entries());
      case EOS -> endRecords++;
      case MULTIFD_FLUSH -> flushRecords++;
      case ZERO -> count(reader, "zero");
      case PAGE -> count(reader, "page");
      case XBZRLE -> count(reader, "xbzrle");
      case COMPRESSED_PAGE -> count(reader, "compress");
      case MAPPED_BLOCK -> {
        // Its pages are no records.
      }
    }
  }

  private void count(RamRecordReader reader, String kind) {
    String block = reader.block().name();
    pages.merge(kind, 1, Integer::sum);
    pagesOfBlock.computeIfAbsent(block, name -> new TreeMap<>()).merge(kind, 1, Integer::sum);
    if (firstPages.size() < 6) {
      firstPages.add(
          String.join(
              " ",
              "" + reader.recordOffset(),
              block,
              "" + reader.offset(),
              kind,
              "" + reader.continued()));
    }
  }

  @Override
  public void sectionEnds(SectionHeader header, long bodyBytes) {
    String tail = header.idstr().equals("ram") ? " " + recordsInSection : "";
    sections.add(
        header.type()
            + "@"
            + header.offset()
            + " "
            + header.id()
            + " "
            + header.idstr()
            + " "
            + bodyBytes
            + tail);
  }

  @Override
  public void deviceSection(DeviceSection section, boolean inPackage) {
    sections.add(
        "FULL@"
            + section.offset()
            + " "
            + section.id()
            + " "
            + section.idstr()
            + " "
            + section.body().length
            + " "
            + section.instance()
            + " "
            + section.version()
            + (inPackage ? " in package" : ""));
  }

  @Override
  public void endOfStream(long offset) {
    sections.add("EOF@" + offset);
  }

  @Override
  public void trailer(Trailer trailer) {
    if (trailer instanceof Trailer.Description description) {
      sections.add("VMDESC " + description.json().length);
    }
  }
}
