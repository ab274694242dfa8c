package org.godwit.coordinator;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.WireOutput;

/**
 * A package on its way into memory: the destination must have all of it before it loads any
 * (commands, section 2.7). Bounded by what the receiver of a Godwit node takes. Belongs to the
 * sending thread.
 */
final class PackageBuffer implements StateWriter, WireOutput {
  private final BufferOutput collected = new BufferOutput();
  private final long most;

  PackageBuffer(long most) {
    this.most = most;
  }

  MemorySegment written() {
    return collected.written();
  }

  private void room(long bytes) throws IOException {
    if (collected.position() + bytes > most) {
      throw new IOException(
          "The device state has more than %d bytes and does not fit into a package."
              .formatted(most));
    }
  }

  @Override
  public void u8(int value) throws IOException {
    room(1);
    collected.u8(value);
  }

  @Override
  public void be16(int value) throws IOException {
    room(2);
    collected.be16(value);
  }

  @Override
  public void be32(long value) throws IOException {
    room(4);
    collected.be32(value);
  }

  @Override
  public void be64(long value) throws IOException {
    room(8);
    collected.be64(value);
  }

  @Override
  public void countedString(String text) throws IOException {
    room(1L + text.length());
    collected.countedString(text);
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) throws IOException {
    room(length);
    collected.bytes(from, offset, length);
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) throws IOException {
    bytes(from, offset, length);
  }

  @Override
  public void flush() {
    // it goes out as a whole, later
  }

  @Override
  public long position() {
    return collected.position();
  }
}
