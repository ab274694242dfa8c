package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.godwit.wire.StreamItem.SectionHeader;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.command.Command;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.dirtybitmap.DirtyBitmapCodec;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.walk.StreamVisitor;

/** Writes again what a walk finds, through the writers. */
public final class Reencoder implements StreamVisitor {

  private static final int PAGE = 4096;

  private final BufferOutput out = new BufferOutput();
  private final StreamWriter writer;
  private final byte[] data = new byte[2 * PAGE];
  private RamRecordWriter ram;
  private boolean listing;
  private WireInput in;

  public Reencoder(boolean footers) {
    writer = new StreamWriter(out, footers);
  }

  /** The input of the walk: data of records are read from it. */
  public void input(WireInput input) {
    in = input;
  }

  public void blocks(RamBlockList blocks) {
    ram = new RamRecordWriter(out, PAGE, blocks);
  }

  public byte[] bytes() {
    return out.toByteArray();
  }

  @Override
  public void fileHeader() throws IOException {
    writer.fileHeader();
  }

  @Override
  public void configuration(long offset, long end, Configuration configuration) throws IOException {
    writer.configuration(configuration);
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) throws IOException {
    writer.command(command);
  }

  @Override
  public void sectionBegins(SectionHeader header) throws IOException {
    writer.header(header);
  }

  @Override
  public void sectionEnds(SectionHeader header, long bodyBytes) throws IOException {
    writer.footer(header.id());
  }

  @Override
  public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
    if (ram != null && !reader.continued()) {
      ram.lastBlock().forget();
    }
    switch (kind) {
      case BLOCK_LIST -> blockList(reader.blocks());
      case MAPPED_BLOCK -> mappedBlock(reader);
      case ZERO -> ram.filledPage(reader.blockIndex(), reader.offset(), reader.fill());
      case EOS -> ram.endOfSection();
      case MULTIFD_FLUSH -> ram.multifdFlush();
      case PAGE -> ram.page(reader.blockIndex(), reader.offset(), take(reader), 0);
      case XBZRLE -> {
        int length = (int) reader.dataLength();
        ram.xbzrle(reader.blockIndex(), reader.offset(), take(reader), 0, length);
      }
      case COMPRESSED_PAGE -> {
        int length = (int) reader.dataLength();
        ram.compressedPage(reader.blockIndex(), reader.offset(), take(reader), 0, length);
      }
    }
  }

  private MemorySegment take(RamRecordReader reader) throws IOException {
    MemorySegment segment = MemorySegment.ofArray(data);
    in.copy(segment, 0, reader.dataLength());
    return segment;
  }

  private void blockList(RamBlockList blocks) throws IOException {
    blocks(blocks);
    if (!listing) {
      ram.blockList();
    }
  }

  private void mappedBlock(RamRecordReader reader) throws IOException {
    if (!listing) {
      out.be64(reader.offset() | 0x004);
      listing = true;
    }
    new RamRecordWriter(out, PAGE, new RamBlockList(List.of(reader.mappedBlock()))).blockEntry(0);
    byte[] rest = new byte[(int) reader.dataLength()];
    in.copy(MemorySegment.ofArray(rest), 0, rest.length);
    out.bytes(MemorySegment.ofArray(rest), 0, rest.length);
  }

  @Override
  public void dirtyBitmapChunk(DirtyBitmapChunk chunk) throws IOException {
    DirtyBitmapCodec.write(out, chunk);
  }

  @Override
  public void deviceSection(DeviceSection section, boolean inPackage) throws IOException {
    writer.full(section.id(), section.idstr(), section.instance(), section.version());
    out.bytes(MemorySegment.ofArray(section.body()), 0, section.body().length);
    writer.footer(section.id());
  }

  @Override
  public void endOfStream(long offset) throws IOException {
    writer.endOfStream();
  }

  @Override
  public void trailer(Trailer trailer) throws IOException {
    if (trailer instanceof Trailer.Description description) {
      writer.description(description.json());
    }
  }

  @Override
  public void coloMessage(long offset, ColoMessage message) throws IOException {
    message.write(out);
  }

  @Override
  public void coloDevices(long offset, byte[] blob, List<DeviceSection> sections)
      throws IOException {
    out.be64(blob.length);
    for (DeviceSection section : sections) {
      deviceSection(section, false);
    }
    writer.endOfStream();
  }
}
