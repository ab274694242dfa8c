package org.godwit.savestate.ram;

import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.tck.LiveStateContract;

class RamContractTest extends LiveStateContract {
  @Override
  protected LiveStateProvider provider() {
    return new RamProvider();
  }
}
