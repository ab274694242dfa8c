package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.godwit.wire.command.CommandCodec;
import org.godwit.wire.description.DeviceDecoder;
import org.godwit.wire.description.DeviceDescription;
import org.godwit.wire.description.DeviceSection;
import org.godwit.wire.description.DeviceStateCutter;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;
import org.godwit.wire.dirtybitmap.DirtyBitmapCodec;
import org.godwit.wire.multifd.MultifdCompression;
import org.godwit.wire.multifd.MultifdPacketReader;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.Xbzrle;
import org.godwit.wire.returnpath.ReturnPathReader;
import org.godwit.wire.walk.MultifdChannel;
import org.godwit.wire.walk.MultifdVisitor;
import org.godwit.wire.walk.StreamVisitor;
import org.godwit.wire.walk.StreamWalker;

/**
 * Every parser of the bundle, fed with any bytes: it ends in a parse or in a {@link WireException};
 * everything else is a fault. Limits are small, so that a parser that ignores them shows.
 */
enum Parsers {
  STREAM {
    @Override
    void parse(byte[] bytes) throws IOException {
      walk(bytes, ReaderOptions.DEFAULT, RamFormat.DEFAULT);
    }
  },
  OLD_STREAM {
    @Override
    void parse(byte[] bytes) throws IOException {
      walk(bytes, ReaderOptions.DEFAULT.forOldMachine(), RamFormat.DEFAULT);
    }
  },
  POSTCOPY_STREAM {
    @Override
    void parse(byte[] bytes) throws IOException {
      walk(
          bytes,
          ReaderOptions.DEFAULT.withCapabilities(Set.of("postcopy-ram", "x-colo")),
          RamFormat.DEFAULT.withBlocksWithPageSize(Set.of("m0")));
    }
  },
  MAPPED_STREAM {
    @Override
    void parse(byte[] bytes) throws IOException {
      walk(bytes, ReaderOptions.DEFAULT, RamFormat.DEFAULT.withMappedRam());
    }
  },
  RAM_RECORDS {
    @Override
    void parse(byte[] bytes) throws IOException {
      try (RamRecordReader reader =
          new RamRecordReader(Recording.input(bytes), limited(RamFormat.DEFAULT), BLOCKS)) {
        while (true) {
          apply(reader, reader.next());
        }
      }
    }
  },
  COMMANDS {
    @Override
    void parse(byte[] bytes) throws IOException {
      WireInput in = Recording.input(bytes);
      while (!in.atEnd()) {
        CommandCodec.read(in, LIMITS);
      }
    }
  },
  RETURN_PATH {
    @Override
    void parse(byte[] bytes) throws IOException {
      ReturnPathReader reader = new ReturnPathReader(Recording.input(bytes), LIMITS);
      while (reader.next().isPresent()) {
        // To the end.
      }
    }
  },
  DESCRIPTION {
    @Override
    void parse(byte[] bytes) throws IOException {
      VmDescription description = VmDescriptionCodec.parse(bytes, 0);
      for (DeviceDescription device : description.devices()) {
        int size = Math.clamp(device.bodySize(), 0, 1 << 16);
        DeviceSection section = new DeviceSection(0, 0, device.name(), 0, 0, new byte[size]);
        DeviceDecoder.decode(section, device.state());
      }
      VmDescriptionCodec.parse(VmDescriptionCodec.write(description), 0);
    }
  },
  DEVICES {
    @Override
    void parse(byte[] bytes) throws IOException {
      DeviceStateCutter cutter = new DeviceStateCutter(0, true, LIMITS);
      if (cutter.offer(MemorySegment.ofArray(bytes), 0, bytes.length)
          == DeviceStateCutter.Progress.NEED_MORE) {
        cutter.endOfInput();
      }
      DeviceStateCutter.cut(bytes, 0, Optional.empty());
    }
  },
  XBZRLE {
    @Override
    void parse(byte[] bytes) throws IOException {
      // Memory of exactly one page: a byte beside it would be a fault of its own.
      Xbzrle.decode(
          MemorySegment.ofArray(bytes),
          0,
          bytes.length,
          MemorySegment.ofArray(new byte[PAGE]),
          0,
          PAGE,
          0);
    }
  },
  MULTIFD {
    @Override
    void parse(byte[] bytes) throws IOException {
      channel(bytes, MultifdCompression.NONE);
    }
  },
  MULTIFD_ZLIB {
    @Override
    void parse(byte[] bytes) throws IOException {
      channel(bytes, MultifdCompression.ZLIB);
    }
  },
  DIRTY_BITMAP {
    @Override
    void parse(byte[] bytes) throws IOException {
      WireInput in = Recording.input(bytes);
      while (!DirtyBitmapCodec.read(in, LIMITS).endsSection()) {
        // To the end.
      }
    }
  },
  CHECKPOINTS {
    @Override
    void parse(byte[] bytes) throws IOException {
      try (StreamWalker walker =
          new StreamWalker(
              Recording.input(bytes),
              ReaderOptions.DEFAULT.withLimits(LIMITS),
              limited(RamFormat.DEFAULT),
              new StreamVisitor() {})) {
        walker.walkCheckpoints();
      }
    }
  };

  private static final int PAGE = 4096;
  private static final int SMALL = 1 << 20;
  private static final Limits LIMITS =
      new Limits(64, 64L << 20, SMALL, SMALL, 4 * SMALL, SMALL, SMALL, 64);
  private static final RamBlockList BLOCKS =
      new RamBlockList(
          List.of(
              RamBlockEntry.of("pc.ram", 64 * PAGE),
              RamBlockEntry.of("a", 2 * PAGE),
              RamBlockEntry.of("pc.bios", 16 * PAGE)));

  abstract void parse(byte[] bytes) throws IOException;

  /** Parses; a refusal is as good as a parse. */
  final void run(byte[] bytes) {
    try {
      parse(bytes);
    } catch (WireException e) {
      if (e.offset() < 0 || e.found().isEmpty() || e.allowed().isEmpty()) {
        throw new AssertionError("An error that says too little: " + e.getMessage(), e);
      }
    } catch (IOException e) {
      throw new AssertionError("Not a typed error.", e);
    }
  }

  private static RamFormat limited(RamFormat format) {
    return format.withLimits(LIMITS);
  }

  private static void walk(byte[] bytes, ReaderOptions options, RamFormat format)
      throws IOException {
    StreamVisitor visitor =
        new StreamVisitor() {
          @Override
          public void ramRecord(RamRecordReader reader, RamRecordKind kind) throws IOException {
            apply(reader, kind);
          }
        };
    try (StreamWalker walker =
        new StreamWalker(
            Recording.input(bytes), options.withLimits(LIMITS), limited(format), visitor)) {
      walker.walk();
    }
  }

  private static void apply(RamRecordReader reader, RamRecordKind kind) throws IOException {
    MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
    switch (kind) {
      case PAGE -> reader.copyPage(page, 0);
      case XBZRLE -> reader.decodeXbzrle(page, 0);
      case COMPRESSED_PAGE -> reader.inflatePage(page, 0);
      default -> {
        // No data that could be damaged.
      }
    }
  }

  private static void channel(byte[] bytes, MultifdCompression compression) throws IOException {
    MultifdVisitor visitor =
        new MultifdVisitor() {
          @Override
          public void packet(MultifdChannel channel, MultifdPacketReader packet) {}

          @Override
          public MemorySegment memory(int block) {
            return MemorySegment.ofArray(new byte[(int) BLOCKS.get(block).usedLength()]);
          }
        };
    try (MultifdChannel channel =
        new MultifdChannel(Recording.input(bytes), PAGE, compression, 2)) {
      while (channel.readRound(BLOCKS, visitor)) {
        // To the end.
      }
    }
  }
}
