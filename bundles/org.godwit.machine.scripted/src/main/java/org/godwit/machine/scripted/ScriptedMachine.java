package org.godwit.machine.scripted;

import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.SelfChecking;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest of native threads that write memory by a seeded program: every page can be computed from
 * the program's state, so that a check after a move finds any stale or damaged page.
 *
 * <p>In mode {@code scripted} the guest does nothing by itself: {@link #write} makes it write
 * chosen pages and {@link #writeLine} a line of output.
 *
 * <p>Thread-safe.
 */
@ProviderType
public interface ScriptedMachine extends Machine, GuestOutput, SelfChecking {
  /** Machine type on the wire. */
  String TYPE = "godwit-scripted-1";

  /**
   * Makes a running guest of mode {@code scripted} write pages, with content that no earlier write
   * gave them; returns when they are written.
   *
   * @param firstPage index of the first page of 4096 bytes
   * @param count how many pages, at least 1
   * @throws MachineException if the guest does not run, is of another mode, or has taken 1024
   *     orders
   */
  void write(long firstPage, long count) throws MachineException;

  /**
   * Makes a running guest of mode {@code scripted} write its next line of output.
   *
   * @throws MachineException if the guest does not run or is of another mode
   */
  void writeLine() throws MachineException;
}
