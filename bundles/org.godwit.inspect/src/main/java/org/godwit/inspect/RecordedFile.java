package org.godwit.inspect;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import org.godwit.wire.ByteSource;
import org.godwit.wire.StagedInput;
import org.godwit.wire.WireInput;

/** A recording on disk, plain or gzip compressed, as input of the codec. */
final class RecordedFile implements AutoCloseable {

  private static final int STAGING = 256 * 1024;
  private static final int GZIP_MAGIC = 0x1F8B;

  private final Arena arena = Arena.ofConfined();
  private final AutoCloseable file;
  private final WireInput input;
  private final BooleanSupplier cutOff;

  RecordedFile(Path path, long from) throws IOException {
    this(path, from, ReadProgress.NONE);
  }

  RecordedFile(Path path, long from, ReadProgress progress) throws IOException {
    MemorySegment staging = arena.allocate(STAGING);
    FileChannel channel = FileChannel.open(path);
    ByteSource source;
    if (compressed(path)) {
      InputStream stream = decompressed(path, channel, from);
      file = stream;
      StreamSource inflated = new StreamSource(stream);
      source = inflated;
      cutOff = () -> inflated.cutOff;
    } else {
      channel.position(from);
      file = channel;
      source = new ChannelSource(channel);
      cutOff = () -> false;
    }
    input = new StagedInput(new Told(source, channel, progress), staging, from);
  }

  /** Whether the end that was found is not that of the recording. */
  boolean cutOff() {
    return cutOff.getAsBoolean();
  }

  private static InputStream decompressed(Path path, FileChannel channel, long from)
      throws IOException {
    try {
      InputStream stream =
          new GZIPInputStream(new BufferedInputStream(Channels.newInputStream(channel), STAGING));
      stream.skipNBytes(from);
      return stream;
    } catch (EOFException e) {
      channel.close();
      throw new IOException(path + " was cut off before the stream in it begins", e);
    }
  }

  WireInput input() {
    return input;
  }

  private static boolean compressed(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] head = in.readNBytes(2);
      return head.length == 2 && ((head[0] & 0xFF) << 8 | (head[1] & 0xFF)) == GZIP_MAGIC;
    }
  }

  @Override
  public void close() throws IOException {
    arena.close();
    try {
      file.close();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** Tells the place in the file, compressed or not, before each read. */
  private record Told(ByteSource source, FileChannel channel, ReadProgress progress)
      implements ByteSource {
    @Override
    public long read(MemorySegment into, long offset, long length) throws IOException {
      progress.at("reading", channel.position(), channel.size());
      return source.read(into, offset, length);
    }

    @Override
    public long skip(long length) throws IOException {
      return source.skip(length);
    }
  }

  /** A plain file; holes of sparse files are passed over. */
  private record ChannelSource(FileChannel channel) implements ByteSource {
    @Override
    public long read(MemorySegment into, long offset, long length) throws IOException {
      long most = Math.min(length, 1 << 20);
      ByteBuffer buffer = into.asSlice(offset, most).asByteBuffer();
      return channel.read(buffer);
    }

    @Override
    public long skip(long length) throws IOException {
      long rest = channel.size() - channel.position();
      // The last byte is read, so that a file that ends early is noticed.
      long step = Math.clamp(rest - 1, 0, length);
      channel.position(channel.position() + step);
      return step;
    }
  }

  /** A compressed file. */
  private static final class StreamSource implements ByteSource {

    private final InputStream in;
    private final byte[] buffer = new byte[STAGING];
    private boolean cutOff;

    StreamSource(InputStream in) {
      this.in = in;
    }

    @Override
    public long read(MemorySegment into, long offset, long length) throws IOException {
      int count = readOrEnd((int) Math.min(length, buffer.length));
      if (count > 0) {
        MemorySegment.copy(buffer, 0, into, ValueLayout.JAVA_BYTE, offset, count);
      }
      return count;
    }

    /**
     * The rest of a file that was cut off cannot be decompressed, which is the end of the recording
     * like that of any other that was cut off; what was read before that counts.
     */
    private int readOrEnd(int length) throws IOException {
      try {
        return in.read(buffer, 0, length);
      } catch (EOFException e) {
        cutOff = true;
        return -1;
      }
    }
  }
}
