package org.godwit.machine.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.savestate.StateWriter;

/** A device section of an image: replays its body byte for byte. */
record RecordedDevice(Manifest.Section entry, MemorySegment body) implements DeviceState {

  @Override
  public SectionKey key() {
    return entry.key();
  }

  @Override
  public int version() {
    return entry.version();
  }

  @Override
  public int minimumVersion() {
    return entry.version();
  }

  @Override
  public boolean early() {
    return entry.early();
  }

  @Override
  public StateDescription save(StateWriter out) throws IOException {
    out.bytes(body, 0, body.byteSize());
    return StateDescription.opaque(version(), body.byteSize());
  }

  @Override
  public void load(StateReader in, int version) throws StateException {
    throw new StateException(
        StateException.Fault.LOCAL,
        "Section " + key() + " belongs to an image, which never changes");
  }
}
