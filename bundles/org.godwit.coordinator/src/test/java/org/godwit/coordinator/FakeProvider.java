package org.godwit.coordinator;

import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.Support;

/** Stands for the bundle that the fake machines come from. Stateless. */
final class FakeProvider implements MachineProvider {
  @Override
  public String kind() {
    return "fake";
  }

  @Override
  public Support probe() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Machine create(MachineSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public IncomingMachine prepare(MachineSpec spec) {
    throw new UnsupportedOperationException();
  }
}
