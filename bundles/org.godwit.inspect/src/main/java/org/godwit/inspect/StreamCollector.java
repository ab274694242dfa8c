package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.godwit.wire.Configuration;
import org.godwit.wire.SectionType;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.Trailer;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;
import org.jspecify.annotations.Nullable;

/** Collects the facts of one connection while it is walked. */
final class StreamCollector implements StreamVisitor {

  private final RamCollector ram;
  private final SectionFacts sections = new SectionFacts();
  private final ArrayNode commands = JsonNodeFactory.instance.arrayNode();
  private final ArrayNode dirtyBitmaps = JsonNodeFactory.instance.arrayNode();
  private final List<String> anomalies = new ArrayList<>();
  private final DeviceFacts devices;
  private final ColoFacts colo;
  private @Nullable ObjectNode configuration;
  private boolean coloEnabled;
  private boolean checkpoints;
  private boolean ramEnded;
  private int recordsInSection;

  StreamCollector(RamCollector ram, boolean decodeDevices) {
    this.ram = ram;
    this.devices = new DeviceFacts(decodeDevices);
    this.colo = new ColoFacts(ram.memory());
  }

  @Override
  public void configuration(long offset, long end, Configuration found) {
    configuration = ConfigurationFacts.of(found, end - offset);
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) {
    CommandFacts.add(commands, offset, command, inPackage);
    coloEnabled |= command instanceof Command.EnableColo;
    if (command instanceof Command.PostcopyRamDiscard discard) {
      for (Command.Range range : discard.ranges()) {
        if (!ram.memory().discard(discard.block(), range.start(), range.length())) {
          anomalies.add("A discard at byte offset " + offset + " lies outside its block.");
        }
      }
    }
  }

  @Override
  public void sectionBegins(SectionHeader header) {
    recordsInSection = 0;
    if (header.idstr().equals("dirty-bitmap")) {
      dirtyBitmaps.addObject().put("section", header.type().name()).putArray("chunks");
    }
  }

  @Override
  public void ramRecord(RamRecordReader record, RamRecordKind kind) throws IOException {
    ram.store(record, kind);
    recordsInSection += kind == RamRecordKind.MAPPED_BLOCK ? 0 : 1;
    if (checkpoints) {
      colo.record(record, kind);
    } else {
      ram.count(record, kind);
    }
    if (kind == RamRecordKind.ZERO && record.fill() != 0) {
      anomalies.add(
          "The ZERO record at byte offset "
              + record.recordOffset()
              + " fills with "
              + record.fill()
              + ", which QEMU 10.0 refuses.");
    }
  }

  @Override
  public void dirtyBitmapChunk(DirtyBitmapChunk chunk) {
    ArrayNode chunks = (ArrayNode) dirtyBitmaps.get(dirtyBitmaps.size() - 1).get("chunks");
    DirtyBitmapFacts.add(chunks, chunk);
  }

  @Override
  public void sectionEnds(SectionHeader header, long bodyBytes) {
    if (checkpoints) {
      colo.section(header, recordsInSection);
      return;
    }
    boolean isRam = header.idstr().equals("ram");
    sections.iterable(header, bodyBytes, isRam ? recordsInSection : 0);
    ramEnded |= isRam && header.type() == SectionType.END;
  }

  @Override
  public void deviceSection(DeviceSection section, boolean inPackage) {
    sections.device(section, inPackage);
  }

  @Override
  public void deviceState(DeviceState state) throws IOException {
    devices.add(state);
  }

  @Override
  public void endOfStream(long offset) {
    if (checkpoints) {
      colo.end(offset);
      return;
    }
    sections.end(offset);
    if (!ramEnded) {
      anomalies.add("The ram section has no END, as in a background snapshot.");
    }
  }

  @Override
  public void trailer(Trailer trailer) {
    switch (trailer) {
      case Trailer.Description description -> sections.description(description);
      case Trailer.Nothing nothing -> {
        if (!hasPackage()) {
          anomalies.add("There is no vmdescription behind the EOF byte.");
        }
      }
      case Trailer.Damaged damaged -> anomalies.add(damaged.reason());
      case Trailer.Foreign foreign ->
          anomalies.add("Behind the EOF byte stands something that is no vmdescription.");
    }
  }

  private boolean hasPackage() {
    for (var command : commands) {
      if (command.path("cmd").asText().equals("PACKAGED")) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void coloMessage(long offset, ColoMessage message) {
    checkpoints = true;
    colo.message(offset, message);
  }

  @Override
  public void coloDevices(long offset, byte[] blob, List<DeviceSection> found) {
    colo.devices(offset, blob, found);
  }

  boolean coloEnabled() {
    return coloEnabled;
  }

  ColoFacts colo() {
    return colo;
  }

  RamCollector ram() {
    return ram;
  }

  SectionFacts sections() {
    return sections;
  }

  ArrayNode commands() {
    return commands;
  }

  List<String> anomalies() {
    return anomalies;
  }

  /** The facts of a whole stream. */
  void describe(ObjectNode node) {
    node.set("configuration", configuration);
    node.set("blocks", ram.blocks());
    ram.describe(node);
    node.set("commands", commands);
    node.set("sections", sections.list());
    if (!dirtyBitmaps.isEmpty()) {
      node.set("dirty_bitmap_chunks", dirtyBitmaps);
    }
    devices.describe(node);
  }
}
