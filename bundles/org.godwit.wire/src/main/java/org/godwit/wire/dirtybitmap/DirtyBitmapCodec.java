package org.godwit.wire.dirtybitmap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.wire.Limits;
import org.godwit.wire.Peek;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.WireOutput;

/** Reads and writes chunks of the dirty-bitmap section (stream-format 6). Stateless. */
public final class DirtyBitmapCodec {

  private static final int KINDS =
      DirtyBitmapChunk.EOS
          | DirtyBitmapChunk.START
          | DirtyBitmapChunk.COMPLETE
          | DirtyBitmapChunk.BITS;
  private static final int KNOWN_BITMAP_FLAGS = 0x07;

  private DirtyBitmapCodec() {}

  /**
   * Reads one chunk.
   *
   * @param in input, inside the section's body
   * @param limits for the size of a buffer
   * @return the chunk
   * @throws WireException of kind {@code DIRTY_BITMAP} when it is malformed
   * @throws IOException when the input ends or fails
   */
  public static DirtyBitmapChunk read(WireInput in, Limits limits) throws IOException {
    long offset = in.position();
    int flags = flags(in, offset);
    Optional<String> node = name(in, flags, DirtyBitmapChunk.DEVICE);
    Optional<String> bitmap = name(in, flags, DirtyBitmapChunk.BITMAP);
    return new DirtyBitmapChunk(
        flags,
        node,
        bitmap,
        switch (flags & KINDS) {
          case DirtyBitmapChunk.START -> announcement(in, offset);
          case DirtyBitmapChunk.BITS -> bits(in, flags, limits);
          default -> new DirtyBitmapChunk.Empty();
        });
  }

  private static int flags(WireInput in, long offset) throws IOException {
    int flags = in.u8();
    if ((flags & DirtyBitmapChunk.EXTRA) != 0) {
      throw fault(offset, String.format("extended flags 0x%02x", flags), "one byte of flags");
    }
    if (Integer.bitCount(flags & KINDS) != 1) {
      throw fault(
          offset, String.format("flags 0x%02x", flags), "one of START, COMPLETE, BITS and EOS");
    }
    if ((flags & DirtyBitmapChunk.ZEROES) != 0 && (flags & DirtyBitmapChunk.BITS) == 0) {
      throw fault(offset, String.format("flags 0x%02x", flags), "ZEROES only with BITS");
    }
    return flags;
  }

  private static Optional<String> name(WireInput in, int flags, int flag) throws IOException {
    return (flags & flag) != 0 ? Optional.of(in.countedString()) : Optional.empty();
  }

  private static DirtyBitmapChunk.Content announcement(WireInput in, long offset)
      throws IOException {
    long granularity = in.be32();
    int bitmapFlags = in.u8();
    if (granularity < 512 || Long.bitCount(granularity) != 1) {
      throw fault(offset, "granularity " + granularity, "a power of two from 512 on");
    }
    if ((bitmapFlags & ~KNOWN_BITMAP_FLAGS) != 0) {
      throw fault(offset, String.format("bitmap flags 0x%02x", bitmapFlags), "0x00 to 0x07");
    }
    return new DirtyBitmapChunk.Announcement(granularity, bitmapFlags);
  }

  private static DirtyBitmapChunk.Content bits(WireInput in, int flags, Limits limits)
      throws IOException {
    long first = in.be64();
    long sectors = in.be32();
    if ((flags & DirtyBitmapChunk.ZEROES) != 0) {
      return new DirtyBitmapChunk.Bits(first, sectors, Optional.empty());
    }
    long offset = in.position();
    long size = in.be64();
    if (Long.compareUnsigned(size, limits.maxBitmapBytes()) > 0) {
      throw WireException.limit(offset, "a bitmap buffer", size, limits.maxBitmapBytes());
    }
    return new DirtyBitmapChunk.Bits(first, sectors, Optional.of(Peek.bytes(in, (int) size)));
  }

  /**
   * Writes one chunk as it is.
   *
   * @param out output
   * @param chunk the chunk; its flags must fit what it carries
   * @throws IOException when the output fails
   */
  public static void write(WireOutput out, DirtyBitmapChunk chunk) throws IOException {
    out.u8(chunk.flags());
    if (chunk.node().isPresent()) {
      out.countedString(chunk.node().get());
    }
    if (chunk.bitmap().isPresent()) {
      out.countedString(chunk.bitmap().get());
    }
    switch (chunk.content()) {
      case DirtyBitmapChunk.Announcement start -> {
        out.be32(start.granularity());
        out.u8(start.bitmapFlags());
      }
      case DirtyBitmapChunk.Bits bits -> writeBits(out, bits);
      case DirtyBitmapChunk.Empty empty -> {
        // Flags and names say everything.
      }
    }
  }

  private static void writeBits(WireOutput out, DirtyBitmapChunk.Bits bits) throws IOException {
    out.be64(bits.firstSector());
    out.be32(bits.sectors());
    if (bits.buffer().isPresent()) {
      byte[] buffer = bits.buffer().get();
      out.be64(buffer.length);
      out.bytes(MemorySegment.ofArray(buffer), 0, buffer.length);
    }
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.DIRTY_BITMAP, offset, found, allowed);
  }
}
