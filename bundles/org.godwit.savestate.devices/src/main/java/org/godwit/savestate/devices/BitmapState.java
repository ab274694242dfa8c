package org.godwit.savestate.devices;

import java.io.IOException;
import org.godwit.api.savestate.Budget;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateWriter;
import org.godwit.wire.dirtybitmap.DirtyBitmapChunk;

/**
 * Dirty bitmaps that a machine keeps, sent as they came: announced in START, all bits in END, as
 * QEMU does without postcopy. Belongs to the sending thread.
 */
final class BitmapState implements LiveState {
  private final DeviceState announced;
  private final DeviceState content;

  BitmapState(DeviceState announced, DeviceState content) {
    this.announced = announced;
    this.content = content;
  }

  @Override
  public SectionKey key() {
    return BitmapProvider.ANNOUNCED;
  }

  @Override
  public int version() {
    return BitmapProvider.VERSION;
  }

  @Override
  public void setup(StateWriter out) throws StateException, IOException {
    var _ = announced.save(out);
  }

  /** It goes with the switchover and shall not keep the memory from switching over. */
  @Override
  public PendingBytes pending(Accuracy accuracy) {
    return PendingBytes.NONE;
  }

  @Override
  public Progress iterate(StateWriter out, Budget budget) throws IOException {
    out.u8(DirtyBitmapChunk.EOS);
    return Progress.DONE;
  }

  @Override
  public void complete(StateWriter out) throws StateException, IOException {
    var _ = content.save(out);
  }

  @Override
  public void close() {
    // the machine keeps what it has
  }
}
