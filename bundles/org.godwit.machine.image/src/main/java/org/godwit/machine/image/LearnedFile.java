package org.godwit.machine.image;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.godwit.api.machine.FirstPages.Restore;

/**
 * Content of {@code first-pages.bin}, big-endian: "GWFP", be32 version 1, be64 creation of the
 * image (ms since 1970), be64 restores, be64 requests of the first one, be32 number of blocks; for
 * each block be16 index in the image, be32 length and so many bytes of a bitmap (bit i%8 of byte
 * i/8 is page i); at the end be32 CRC-32C of all before.
 *
 * @param restores restores learned from
 * @param firstRequests requests of the last one for which nothing was known
 * @param pages pages by block name
 */
record LearnedFile(long restores, long firstRequests, Map<String, BitSet> pages) {
  /** Nothing is known. */
  static final LearnedFile NONE = new LearnedFile(0, 0, Map.of());

  private static final int MAGIC = 0x47574650;
  private static final int VERSION = 1;
  private static final int PAGE_BITS = 12;
  private static final int HEAD = 36;
  private static final int BLOCK_HEAD = 6;
  private static final int SUM = 4;

  /** Longest file of an image. */
  static long most(Manifest image) {
    long bytes = HEAD + SUM;
    for (Manifest.Block block : image.blocks()) {
      bytes += BLOCK_HEAD + bitmapBytes(block);
    }
    return bytes;
  }

  private static long bitmapBytes(Manifest.Block block) {
    return ((block.length() >>> PAGE_BITS) + 7) / 8;
  }

  /** The same after another restore. */
  LearnedFile with(Restore restore) {
    return new LearnedFile(
        restores + 1,
        pages.isEmpty() ? restore.requests() : firstRequests,
        LearnedPages.union(pages, restore.requested()));
  }

  /**
   * Reads a file.
   *
   * @throws IOException with the reason if it is damaged, of another version or of another image
   */
  static LearnedFile parse(byte[] bytes, Manifest image) throws IOException {
    int length = bytes.length - SUM;
    if (length < HEAD || ByteBuffer.wrap(bytes).getInt(length) != sum(bytes, length)) {
      throw new IOException("it is damaged, its sum differs");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, length));
    if (in.readInt() != MAGIC || in.readInt() != VERSION) {
      throw new IOException("it is of another version");
    }
    if (in.readLong() != image.created().toEpochMilli()) {
      throw new IOException("it belongs to another image");
    }
    long restores = in.readLong();
    long first = in.readLong();
    Map<String, BitSet> pages = new HashMap<>();
    for (int count = in.readInt(); count > 0; count--) {
      block(in, image, pages);
    }
    return new LearnedFile(restores, first, pages);
  }

  private static void block(DataInputStream in, Manifest image, Map<String, BitSet> pages)
      throws IOException {
    int index = in.readUnsignedShort();
    int length = in.readInt();
    if (index >= image.blocks().size()) {
      throw new IOException("it names a block that the image has not");
    }
    Manifest.Block block = image.blocks().get(index);
    if (length < 0 || length > bitmapBytes(block)) {
      throw new IOException("its bitmap of block " + block.name() + " is too long");
    }
    pages.put(block.name(), BitSet.valueOf(in.readNBytes(length)));
  }

  /** The file of an image. */
  byte[] bytes(Manifest image) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(content);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeLong(image.created().toEpochMilli());
    out.writeLong(restores);
    out.writeLong(firstRequests);
    out.writeInt((int) image.blocks().stream().filter(b -> pages.containsKey(b.name())).count());
    for (int i = 0; i < image.blocks().size(); i++) {
      String name = image.blocks().get(i).name();
      if (pages.containsKey(name)) {
        byte[] bitmap = pages.getOrDefault(name, new BitSet()).toByteArray();
        out.writeShort(i);
        out.writeInt(bitmap.length);
        out.write(bitmap);
      }
    }
    out.writeInt(sum(content.toByteArray(), content.size()));
    return content.toByteArray();
  }

  private static int sum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
