package org.godwit.api.savestate;

import java.io.IOException;

/** A device whose section follows a {@link StateLayout}. */
record TableState(
    SectionKey key, StateLayout layout, StateLayout.Saver saver, StateLayout.Loader loader)
    implements DeviceState {

  @Override
  public int version() {
    return layout.version();
  }

  @Override
  public int minimumVersion() {
    return layout.minimumVersion();
  }

  @Override
  public StateDescription save(StateWriter out) throws StateException, IOException {
    return layout.save(saver.save(), out);
  }

  @Override
  public void load(StateReader in, int version) throws StateException, IOException {
    loader.load(layout.load(in, version));
  }
}
