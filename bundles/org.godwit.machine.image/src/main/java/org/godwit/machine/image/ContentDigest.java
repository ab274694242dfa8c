package org.godwit.machine.image;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.godwit.linux.NativeFile;

/**
 * Digests of a file in one pass: SHA-256 of all of it, which proves, and CRC-32C of each chunk,
 * which tells where damage is. Holes are not read: their zeros come from a constant.
 *
 * <p>Used by one thread, which it keeps busy; bounded by the speed of SHA-256.
 */
final class ContentDigest {
  /** Bytes covered by one CRC. */
  static final long CHUNK = 16 << 20;

  private static final int PIECE = 1 << 20;
  private static final byte[] ZEROS = new byte[PIECE];

  private final MessageDigest sha = sha256();
  private final CRC32C crc = new CRC32C();
  private final List<Integer> chunks = new ArrayList<>();
  private final byte[] heap = new byte[PIECE];
  private final LongConsumer progress;
  private long position;

  private ContentDigest(LongConsumer progress) {
    this.progress = progress;
  }

  /** Digests of a file. */
  record Sums(String sha256, List<Integer> chunks) {}

  static Sums of(Path path) throws IOException {
    return of(path, bytes -> {});
  }

  /**
   * Digests of a file.
   *
   * @param progress is told the length of each piece that is done, of at most 1 MiB
   * @throws InterruptedIOException soon after the thread was interrupted
   */
  static Sums of(Path path, LongConsumer progress) throws IOException {
    try (NativeFile file = NativeFile.open(path, Set.of(NativeFile.Mode.READ))) {
      return new ContentDigest(progress).read(file);
    }
  }

  static String of(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private Sums read(NativeFile file) throws IOException {
    long size = file.size();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(PIECE);
      while (position < size) {
        OptionalLong data = file.seekData(position);
        zeros(data.orElse(size) - position);
        if (data.isPresent()) {
          content(file, piece, file.seekHole(position));
        }
      }
    }
    if (position % CHUNK != 0) {
      endChunk();
    }
    return new Sums(HexFormat.of().formatHex(sha.digest()), chunks);
  }

  private void zeros(long length) throws IOException {
    for (long left = length; left > 0; ) {
      int count = pieceLength(left);
      add(ZEROS, count);
      left -= count;
    }
  }

  private void content(NativeFile file, MemorySegment piece, long end) throws IOException {
    while (position < end) {
      int count = pieceLength(end - position);
      long got = file.readFully(piece, 0, count, position);
      if (got != count) {
        throw new IOException("The file became shorter while it was read");
      }
      MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, heap, 0, count);
      add(heap, count);
    }
  }

  /** No piece reaches over the end of a chunk. */
  private int pieceLength(long left) {
    return (int) Math.min(Math.min(left, PIECE), CHUNK - position % CHUNK);
  }

  private void add(byte[] bytes, int count) throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("Reading was interrupted");
    }
    sha.update(bytes, 0, count);
    crc.update(bytes, 0, count);
    position += count;
    if (position % CHUNK == 0) {
      endChunk();
    }
    progress.accept(count);
  }

  private void endChunk() {
    chunks.add((int) crc.getValue());
    crc.reset();
  }
}
