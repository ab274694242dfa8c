package org.godwit.machine.kvm;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.godwit.api.savestate.StateReader;

/** A section body read from an array; without a staging buffer. */
final class ArrayReader implements StateReader {
  private final ByteArrayInputStream array;
  private final DataInputStream in;
  private final long length;

  ArrayReader(byte... input) {
    array = new ByteArrayInputStream(input);
    in = new DataInputStream(array);
    length = input.length;
  }

  @Override
  public int u8() throws IOException {
    return in.readUnsignedByte();
  }

  @Override
  public int be16() throws IOException {
    return in.readUnsignedShort();
  }

  @Override
  public long be32() throws IOException {
    return Integer.toUnsignedLong(in.readInt());
  }

  @Override
  public long be64() throws IOException {
    return in.readLong();
  }

  @Override
  public String countedString() throws IOException {
    return new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
  }

  @Override
  public void bytes(MemorySegment into, long offset, long count) throws IOException {
    byte[] data = new byte[(int) count];
    in.readFully(data);
    MemorySegment.copy(MemorySegment.ofArray(data), 0, into, offset, count);
  }

  @Override
  public int some(MemorySegment into, long offset, int room) throws IOException {
    bytes(into, offset, room);
    return room;
  }

  @Override
  public void require(int count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MemorySegment buffer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public long bufferOffset() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int available() {
    return 0;
  }

  @Override
  public boolean waitForMore() throws IOException {
    return in.available() > 0;
  }

  @Override
  public void skip(long count) throws IOException {
    in.skipNBytes(count);
  }

  @Override
  public long position() {
    return length - array.available();
  }
}
