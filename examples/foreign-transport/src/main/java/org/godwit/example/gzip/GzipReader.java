package org.godwit.example.gzip;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/** A compressed file being read. Used by one thread. */
final class GzipReader extends GzipChannel {
  private final GZIPInputStream in;
  private final byte[] chunk = new byte[CHUNK];

  GzipReader(Path path, Consumer<Channel> onClose) throws IOException {
    this(path, unpacking(Files.newInputStream(path)), onClose);
  }

  private GzipReader(Path path, GZIPInputStream in, Consumer<Channel> onClose) {
    super(path, in, onClose);
    this.in = in;
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    requireOpen();
    try {
      int n = in.read(chunk, 0, (int) Math.min(CHUNK, length));
      MemorySegment.copy(chunk, 0, into, ValueLayout.JAVA_BYTE, offset, Math.max(0, n));
      return n;
    } catch (IOException e) {
      throw failed("read", e); // also a file that ends early: no half of a guest passes for whole
    }
  }

  private static GZIPInputStream unpacking(InputStream file) throws IOException {
    try {
      return new GZIPInputStream(file, CHUNK);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }
}
