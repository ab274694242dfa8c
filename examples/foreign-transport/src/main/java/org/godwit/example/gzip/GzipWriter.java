package org.godwit.example.gzip;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/** A compressed file being written. Used by one thread. */
final class GzipWriter extends GzipChannel {
  private final GZIPOutputStream out;
  private final byte[] chunk = new byte[CHUNK];

  GzipWriter(Path path, Consumer<Channel> onClose) throws IOException {
    this(path, new GZIPOutputStream(Files.newOutputStream(path), CHUNK), onClose);
  }

  private GzipWriter(Path path, GZIPOutputStream out, Consumer<Channel> onClose) {
    super(path, out, onClose);
    this.out = out;
  }

  /** A list holds pieces of native memory; a transport that cannot pass them on copies them. */
  @Override
  public void write(GatherList pieces) throws TransportException {
    requireOpen();
    try {
      for (int i = 0; i < pieces.count(); i++) {
        write(pieces.sourceAt(i), pieces.offsetAt(i), pieces.lengthAt(i));
      }
    } catch (IOException e) {
      throw failed("write", e);
    }
  }

  /** The stream counts as delivered when this returned: everything that can fail must fail here. */
  @Override
  public void endOutput() throws TransportException {
    requireOpen();
    try {
      out.finish();
      out.flush();
    } catch (IOException e) {
      throw failed("finish", e);
    }
  }

  private void write(MemorySegment from, long offset, long length) throws IOException {
    for (long done = 0; done < length; done += CHUNK) {
      int n = (int) Math.min(CHUNK, length - done);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset + done, chunk, 0, n);
      out.write(chunk, 0, n);
    }
  }
}
