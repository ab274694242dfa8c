package org.godwit.inspect;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.ZeroPage;

/**
 * Guest memory as a stream builds it up, starting from zeroes. Lives in a sparse temporary file, so
 * that neither heap nor memory limits the size of the guest.
 */
final class GuestRam implements AutoCloseable {

  private static final int CHUNK = 1 << 20;

  private final Arena arena = Arena.ofConfined();
  private final int pageSize;
  private final boolean stored;
  private final List<RamBlockEntry> blocks = new ArrayList<>();
  private final List<MemorySegment> memory = new ArrayList<>();
  private final List<BitSet> received = new ArrayList<>();

  GuestRam(int pageSize, boolean stored) {
    this.pageSize = pageSize;
    this.stored = stored;
  }

  void create(RamBlockList list) throws IOException {
    Path path = Files.createTempFile("godwit-inspect", ".ram");
    try (FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
      long at = 0;
      for (RamBlockEntry entry : list.entries()) {
        blocks.add(entry);
        received.add(new BitSet());
        if (stored) {
          memory.add(file.map(FileChannel.MapMode.READ_WRITE, at, entry.usedLength(), arena));
        }
        at += Math.ceilDiv(entry.usedLength(), CHUNK) * (long) CHUNK;
      }
    } finally {
      // The mappings keep the content; nothing is left behind however this program ends.
      Files.delete(path);
    }
  }

  boolean stored() {
    return stored && !blocks.isEmpty();
  }

  MemorySegment memory(int block) {
    return memory.get(block);
  }

  /** Notes that a page came; tells whether it had come before. */
  boolean receive(int block, long offset) {
    int page = Math.toIntExact(offset / pageSize);
    boolean before = received.get(block).get(page);
    received.get(block).set(page);
    return before;
  }

  void fill(int block, long offset, int fill) {
    if (stored) {
      MemorySegment page = memory.get(block).asSlice(offset, pageSize);
      // Writing zeroes over zeroes would take memory for nothing.
      if (fill != 0 || !ZeroPage.isZero(page, 0, pageSize)) {
        page.fill((byte) fill);
      }
    }
  }

  /** Drops the pages of a range; false when it is no range of a known block. */
  boolean discard(String block, long start, long length) {
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).name().equals(block)) {
        return discard(i, start, length);
      }
    }
    return false;
  }

  private boolean discard(int block, long start, long length) {
    long used = blocks.get(block).usedLength();
    if (start < 0 || length < 0 || start > used || length > used - start) {
      return false;
    }
    received
        .get(block)
        .clear(
            Math.toIntExact(start / pageSize),
            Math.toIntExact(Math.ceilDiv(start + length, (long) pageSize)));
    for (long at = start; at < start + length && stored; at += pageSize) {
      fill(block, at, 0);
    }
    return true;
  }

  Map<String, String> digests(ReadProgress progress) {
    Map<String, String> digests = new LinkedHashMap<>();
    for (int i = 0; i < blocks.size() && stored; i++) {
      digests.put(blocks.get(i).name(), sha256(memory.get(i), progress));
    }
    return digests;
  }

  private static String sha256(MemorySegment segment, ReadProgress progress) {
    MessageDigest digest = Digests.sha256();
    for (long at = 0; at < segment.byteSize(); at += CHUNK) {
      progress.at("digesting", at, segment.byteSize());
      long step = Math.min(CHUNK, segment.byteSize() - at);
      digest.update(segment.asSlice(at, step).asByteBuffer());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    arena.close();
  }
}
