package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;

/** Describes chunks of the dirty-bitmap section. */
final class DirtyBitmapFacts {

  private DirtyBitmapFacts() {}

  static void add(ArrayNode list, DirtyBitmapChunk chunk) {
    ObjectNode node = list.addObject();
    node.put("flags", chunk.flags());
    chunk.node().ifPresent(name -> node.put("node", name));
    chunk.bitmap().ifPresent(name -> node.put("bitmap", name));
    switch (chunk.content()) {
      case DirtyBitmapChunk.Announcement start ->
          node.put("granularity", start.granularity()).put("bflags", start.bitmapFlags());
      case DirtyBitmapChunk.Bits bits -> {
        node.put("sector", bits.firstSector()).put("nr", bits.sectors());
        bits.buffer().ifPresent(buffer -> buffer(node.putObject("buffer"), buffer));
      }
      case DirtyBitmapChunk.Empty empty -> {
        // Flags and names say everything.
      }
    }
  }

  private static void buffer(ObjectNode node, byte[] buffer) {
    int set = 0;
    for (byte b : buffer) {
      set += Integer.bitCount(b & 0xFF);
    }
    node.put("bytes", buffer.length);
    node.put("bits_set", set);
    node.put("sha256", Digests.hex(buffer));
    node.put("first_32_hex", HexFormat.of().formatHex(buffer, 0, Math.min(32, buffer.length)));
  }
}
