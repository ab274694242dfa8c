package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.godwit.wire.Peek;
import org.godwit.wire.WireInput;
import org.godwit.wire.ram.MappedRamHeader;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.jspecify.annotations.Nullable;

/** Builds up memory from RAM records and counts them. */
final class RamCollector {

  private static final int FIRST_XBZRLE = 5;

  /** What happens at the barriers of a multifd migration. */
  interface Barrier {
    void reached(RamBlockList blocks) throws IOException;
  }

  private final WireInput in;
  private final GuestRam memory;
  private final int pageSize;
  private final PageFacts pages;
  private final ArrayNode blockNodes = JsonNodeFactory.instance.arrayNode();
  private final ArrayNode firstDeltas = JsonNodeFactory.instance.arrayNode();
  private final List<MappedPages> mapped = new ArrayList<>();
  private @Nullable Barrier barrier;
  private long deltaBytes;
  private int deltas;
  private int runs;
  private long deltaLength;
  private boolean again;
  private int endRecords;
  private int flushRecords;

  RamCollector(WireInput in, GuestRam memory, int pageSize, PageFacts pages) {
    this.in = in;
    this.memory = memory;
    this.pageSize = pageSize;
    this.pages = pages;
  }

  void barrier(Barrier action) {
    barrier = action;
  }

  GuestRam memory() {
    return memory;
  }

  ArrayNode blocks() {
    return blockNodes;
  }

  PageFacts pages() {
    return pages;
  }

  /** Applies a record to memory; throws where its data are damaged. */
  void store(RamRecordReader record, RamRecordKind kind) throws IOException {
    switch (kind) {
      case BLOCK_LIST -> create(record.blocks());
      case MAPPED_BLOCK -> mapped.add(MappedPages.read(in, record.mappedBlock(), pageSize));
      case EOS, MULTIFD_FLUSH -> barrier(record, kind);
      case ZERO, PAGE, XBZRLE, COMPRESSED_PAGE -> {
        page(record, kind);
        again = memory.receive(record.blockIndex(), record.offset());
      }
    }
  }

  private void page(RamRecordReader record, RamRecordKind kind) throws IOException {
    if (!memory.stored()) {
      record.skipData();
      return;
    }
    MemorySegment block = memory.memory(record.blockIndex());
    switch (kind) {
      case PAGE -> record.copyPage(block, record.offset());
      case COMPRESSED_PAGE -> record.inflatePage(block, record.offset());
      case XBZRLE -> {
        deltaLength = record.dataLength();
        runs = record.decodeXbzrle(block, record.offset());
      }
      default -> memory.fill(record.blockIndex(), record.offset(), record.fill());
    }
  }

  private void create(RamBlockList list) throws IOException {
    memory.create(list);
    for (int i = 0; i < mapped.size() && memory.stored(); i++) {
      mapped.get(i).store(memory.memory(i));
    }
    for (int i = 0; i < list.size(); i++) {
      describeBlock(list.get(i), i);
    }
  }

  private void describeBlock(RamBlockEntry entry, int index) {
    ObjectNode node = blockNodes.addObject();
    node.put("name", entry.name());
    node.put("size", entry.usedLength());
    entry.pageSize().ifPresent(size -> node.put("page_size", size));
    entry.gpa().ifPresent(gpa -> node.put("gpa", gpa));
    entry.mapped().ifPresent(header -> mapped(node.putObject("mapped"), header, index));
  }

  private void mapped(ObjectNode node, MappedRamHeader header, int index) {
    node.put("hdr", header.bitmapOffset() - MappedRamHeader.BYTES);
    node.put("version", MappedRamHeader.VERSION);
    node.put("page_size", header.pageSize());
    node.put("bitmap", header.bitmapOffset());
    node.put("pages", header.pagesOffset());
    node.put("set", mapped.get(index).count());
  }

  private void barrier(RamRecordReader record, RamRecordKind kind) throws IOException {
    boolean flushes = kind == RamRecordKind.MULTIFD_FLUSH;
    // A stream that has flush records uses them from its START on; then EOS is no barrier.
    if (barrier != null && (flushes || flushRecords == 0)) {
      barrier.reached(record.blocks());
    }
  }

  /** Counts a record that was stored. */
  void count(RamRecordReader record, RamRecordKind kind) {
    switch (kind) {
      case EOS -> endRecords++;
      case MULTIFD_FLUSH -> flushRecords++;
      case ZERO, PAGE, COMPRESSED_PAGE -> pages.add(record, kind, again, true);
      case XBZRLE -> {
        pages.add(record, kind, again, true);
        countDelta();
      }
      case BLOCK_LIST, MAPPED_BLOCK -> {
        // Described where they are stored.
      }
    }
  }

  private void countDelta() {
    deltas++;
    deltaBytes += deltaLength;
    if (firstDeltas.size() < FIRST_XBZRLE) {
      firstDeltas.addObject().put("encoded_bytes", deltaLength).put("runs", runs);
    }
  }

  /** Tells whether the page of the record stored last had come before. */
  boolean again() {
    return again;
  }

  void countEndRecord() {
    endRecords++;
  }

  void describe(ObjectNode node) {
    node.put("ram_eos_records", endRecords);
    if (flushRecords > 0) {
      node.put("ram_multifd_flush_records", flushRecords);
    }
    if (deltas > 0) {
      node.putObject("xbzrle")
          .put("pages", deltas)
          .put("encoded_bytes_total", deltaBytes)
          .set("first", firstDeltas);
    }
  }

  static byte[] bitmap(WireInput in, RamBlockEntry entry, int pageSize) throws IOException {
    long bytes = MappedRamHeader.bitmapBytes(entry.usedLength(), pageSize);
    return Peek.bytes(in, Math.toIntExact(bytes));
  }
}
