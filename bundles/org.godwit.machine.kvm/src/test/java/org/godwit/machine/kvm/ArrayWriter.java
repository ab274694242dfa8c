package org.godwit.machine.kvm;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.godwit.api.savestate.StateWriter;

/** A section body written into an array. */
final class ArrayWriter implements StateWriter {
  private final ByteArrayOutputStream array = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(array);

  byte[] written() {
    return array.toByteArray();
  }

  @Override
  public void u8(int value) throws IOException {
    out.writeByte(value);
  }

  @Override
  public void be16(int value) throws IOException {
    out.writeShort(value);
  }

  @Override
  public void be32(long value) throws IOException {
    out.writeInt((int) value);
  }

  @Override
  public void be64(long value) throws IOException {
    out.writeLong(value);
  }

  @Override
  public void countedString(String text) throws IOException {
    out.writeByte(text.length());
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void bytes(MemorySegment from, long offset, long length) throws IOException {
    out.write(from.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Override
  public void reference(MemorySegment from, long offset, long length) throws IOException {
    bytes(from, offset, length);
  }

  @Override
  public void flush() {}

  @Override
  public long position() {
    return array.size();
  }
}
