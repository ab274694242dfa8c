package org.godwit.machine.scripted;

import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.machine.mapped.MappedMachine;

/** The machine around a {@link ScriptedGuest}. Thread-safe. */
final class ProgramMachine extends MappedMachine implements ScriptedMachine {
  private final ScriptedGuest guest;

  ProgramMachine(String name, ScriptedGuest guest, RunState state) {
    super(TYPE, name, guest, state);
    this.guest = guest;
  }

  @Override
  public void write(long firstPage, long count) throws MachineException {
    guest.order(firstPage, count);
  }

  @Override
  public void writeLine() throws MachineException {
    guest.orderLine();
  }
}
