package org.godwit.savestate.devices;

import java.io.IOException;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.Limits;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;
import org.godwit.wire.dirtybitmap.DirtyBitmapCodec;

/**
 * Dirty bitmaps that arrive, for a machine that keeps them. Chunks are kept in their order, because
 * a chunk may leave out a name that the one before it had. Belongs to the receiving thread.
 */
final class BitmapLoad implements LiveLoad {
  /** Bytes of all bitmaps together. */
  static final long MOST = 256L << 20;

  private final DeviceRecorder recorder;
  private final BufferOutput announced = new BufferOutput();
  private final BufferOutput content = new BufferOutput();

  BitmapLoad(DeviceRecorder recorder) {
    this.recorder = recorder;
  }

  @Override
  public SectionKey key() {
    return BitmapProvider.ANNOUNCED;
  }

  @Override
  public boolean accepts(int version) {
    return version == BitmapProvider.VERSION;
  }

  @Override
  public void load(Part part, StateReader in) throws StateException, IOException {
    BodyInput input = new BodyInput(in);
    BufferOutput into = part == Part.START ? announced : content;
    DirtyBitmapChunk chunk = DirtyBitmapCodec.read(input, Limits.DEFAULT);
    while (!chunk.endsSection()) {
      require(part == Part.START, chunk, in.position());
      DirtyBitmapCodec.write(into, chunk);
      requireRoom();
      chunk = DirtyBitmapCodec.read(input, Limits.DEFAULT);
    }
    if (part == Part.END) {
      record();
    }
  }

  private static void require(boolean first, DirtyBitmapChunk chunk, long end)
      throws StateException {
    boolean announces = chunk.content() instanceof DirtyBitmapChunk.Announcement;
    if (announces != first) {
      throw new StateException(
          Fault.PEER,
          "Before byte offset %d: a dirty bitmap is announced in the START section and nowhere else."
              .formatted(end));
    }
  }

  private void requireRoom() throws StateException {
    long bytes = announced.position() + content.position();
    if (bytes > MOST) {
      throw new StateException(
          Fault.PEER, "The dirty bitmaps have more than %d bytes.".formatted(MOST));
    }
  }

  private void record() throws StateException {
    announced.u8(DirtyBitmapChunk.EOS);
    content.u8(DirtyBitmapChunk.EOS);
    try {
      recorder.section(BitmapProvider.ANNOUNCED, BitmapProvider.VERSION, announced.toByteArray());
      recorder.section(BitmapProvider.CONTENT, BitmapProvider.VERSION, content.toByteArray());
    } catch (MachineException e) {
      throw new StateException(
          Fault.ENVIRONMENT, "Dirty bitmaps cannot be kept: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    // what arrived is the machine's
  }
}
