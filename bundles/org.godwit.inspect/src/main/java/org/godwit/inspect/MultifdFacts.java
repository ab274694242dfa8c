package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.multifd.MultifdCompression;
import org.godwit.wire.multifd.MultifdHeader;
import org.godwit.wire.multifd.MultifdHello;
import org.godwit.wire.multifd.MultifdPacketReader;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.walk.MultifdChannel;
import org.godwit.wire.walk.MultifdVisitor;

/** Reads the multifd channels of a recording in step with its main channel. */
final class MultifdFacts implements MultifdVisitor, RamCollector.Barrier, AutoCloseable {

  private final GuestRam memory;
  private final List<RecordedFile> files = new ArrayList<>();
  private final List<MultifdChannel> channels = new ArrayList<>();
  private final IdentityHashMap<MultifdChannel, ArrayNode> packets = new IdentityHashMap<>();
  private final List<String> anomalies = new ArrayList<>();
  private final ArrayNode nodes = JsonNodeFactory.instance.arrayNode();
  private long normal;
  private long zero;
  private int total;
  private int syncs;

  MultifdFacts(List<Path> paths, int pageSize, GuestRam memory) throws IOException {
    this.memory = memory;
    MultifdCompression compression = compression(paths, pageSize);
    for (Path path : paths) {
      RecordedFile file = new RecordedFile(path, 0);
      files.add(file);
      MultifdChannel channel =
          new MultifdChannel(file.input(), pageSize, compression, paths.size());
      channels.add(channel);
      ObjectNode node = nodes.addObject();
      node.put("file", String.valueOf(path.getFileName()));
      node.put("channel_id", channel.hello().id());
      node.put("uuid", channel.hello().uuid().toString().replace("-", ""));
      packets.put(channel, node.putArray("packets"));
    }
  }

  /** The method is nowhere announced, but every packet with pages tells it. */
  private static MultifdCompression compression(List<Path> paths, int pageSize) throws IOException {
    for (Path path : paths) {
      try (RecordedFile file = new RecordedFile(path, 0)) {
        int bits = compressionBits(file.input(), pageSize);
        for (MultifdCompression method : MultifdCompression.values()) {
          if (bits != 0 && method.flags() == bits) {
            return method;
          }
        }
      }
    }
    return MultifdCompression.NONE;
  }

  private static int compressionBits(WireInput in, int pageSize) throws IOException {
    MultifdHeader header = new MultifdHeader(pageSize);
    in.skip(MultifdHello.BYTES);
    try {
      while (!in.atEnd()) {
        in.copy(header.bytes(), 0, header.bytes().byteSize());
        if (header.normalPages() > 0) {
          return header.flags() & MultifdHeader.COMPRESSION;
        }
      }
    } catch (WireException e) {
      // A damaged channel is reported when it is read for its content.
      return 0;
    }
    return 0;
  }

  @Override
  public void reached(RamBlockList blocks) throws IOException {
    for (MultifdChannel channel : channels) {
      if (!channel.readRound(blocks, this)) {
        anomalies.add(
            "Multifd channel " + channel.hello().id() + " ends before a barrier of the main one.");
      }
    }
  }

  /** Reads what follows the last barrier. */
  void drain(RamBlockList blocks) throws IOException {
    for (MultifdChannel channel : channels) {
      while (channel.readRound(blocks, this)) {
        anomalies.add(
            "Multifd channel " + channel.hello().id() + " has more barriers than the main one.");
      }
    }
  }

  @Override
  public void packet(MultifdChannel channel, MultifdPacketReader packet) {
    MultifdHeader header = packet.header();
    normal += header.normalPages();
    zero += header.zeroPages();
    total++;
    syncs += header.sync() ? 1 : 0;
    ArrayNode list = packets.get(channel);
    if (list != null) {
      list.addObject()
          .put("offset", packet.packetOffset())
          .put("flags", header.flags())
          .put("pages_alloc", header.pagesAllocated())
          .put("normal_pages", header.normalPages())
          .put("zero_pages", header.zeroPages())
          .put("next_packet_size", header.nextPacketSize())
          .put("packet_num", header.packetNumber())
          .put("ramblock_field", header.block());
    }
  }

  @Override
  public MemorySegment memory(int block) {
    return memory.memory(block);
  }

  List<String> anomalies() {
    return anomalies;
  }

  ObjectNode describe() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("normal_pages", normal);
    node.put("zero_pages", zero);
    node.put("packets", total);
    node.put("packets_with_sync_flag", syncs);
    node.set("channels", nodes);
    return node;
  }

  @Override
  public void close() throws IOException {
    channels.forEach(MultifdChannel::close);
    for (RecordedFile file : files) {
      file.close();
    }
  }
}
