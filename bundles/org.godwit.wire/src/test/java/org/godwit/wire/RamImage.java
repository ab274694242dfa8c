package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.godwit.wire.command.Command;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;

/** Guest memory as a stream builds it up, starting from zeroes. */
public final class RamImage implements StreamVisitor {

  private static final int PAGE = 4096;

  private final Map<String, byte[]> blocks = new LinkedHashMap<>();

  public byte[] block(String name) {
    return blocks.get(name);
  }

  public void create(RamBlockList list) {
    for (RamBlockEntry entry : list.entries()) {
      blocks.computeIfAbsent(entry.name(), name -> new byte[(int) entry.usedLength()]);
    }
  }

  @Override
  public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
    switch (kind) {
      case BLOCK_LIST -> create(reader.blocks());
      case MAPPED_BLOCK -> {
        // Filled in by the test that knows the whole file.
      }
      case EOS, MULTIFD_FLUSH -> {
        // Nothing to store.
      }
      case ZERO ->
          Arrays.fill(
              blocks.get(reader.block().name()),
              (int) reader.offset(),
              (int) reader.offset() + PAGE,
              (byte) reader.fill());
      case PAGE -> reader.copyPage(memory(reader), reader.offset());
      case XBZRLE -> reader.decodeXbzrle(memory(reader), reader.offset());
      case COMPRESSED_PAGE -> reader.inflatePage(memory(reader), reader.offset());
    }
  }

  @Override
  public void command(long offset, Command command, boolean inPackage) {
    if (command instanceof Command.PostcopyRamDiscard discard) {
      for (Command.Range range : discard.ranges()) {
        Arrays.fill(
            blocks.get(discard.block()),
            (int) range.start(),
            (int) (range.start() + range.length()),
            (byte) 0);
      }
    }
  }

  private MemorySegment memory(RamRecordReader reader) {
    return MemorySegment.ofArray(blocks.get(reader.block().name()));
  }

  public Map<String, String> digests() {
    Map<String, String> digests = new LinkedHashMap<>();
    blocks.forEach((name, bytes) -> digests.put(name, sha256(bytes)));
    return digests;
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
