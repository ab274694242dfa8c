package org.godwit.transport.file;

import java.lang.foreign.MemorySegment;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.Failures;

/**
 * A file that a source writes. Ending the output waits until the bytes are on the medium: the guest
 * may exist nowhere else then. Threads: one writer, any for abort and close.
 */
final class WrittenFile implements Channel {
  private final NativeFile file;
  private final DescriptorChannel bytes;
  private final boolean regular;

  WrittenFile(NativeFile file, DescriptorChannel bytes, boolean regular) {
    this.file = file;
    this.bytes = bytes;
    this.regular = regular;
  }

  @Override
  public boolean bidirectional() {
    return false;
  }

  @Override
  public String peer() {
    return bytes.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    bytes.write(pieces);
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    return bytes.read(into, offset, length);
  }

  @Override
  public void endOutput() throws TransportException {
    try {
      if (regular) {
        file.sync();
      }
    } catch (LinuxException e) {
      throw Failures.broken("write to " + peer(), e);
    }
    bytes.endOutput();
  }

  @Override
  public void abort(String why) {
    bytes.abort(why);
  }

  @Override
  public void close() {
    bytes.close();
  }
}
