package org.godwit.machine.kvm;

import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * One section of a machine's state. Loading only keeps the values: they reach the kernel at commit,
 * all sections in the machine's order, so that a stream that breaks half way changes nothing.
 *
 * <p>Used by one thread at a time while the guest is stopped.
 */
final class KvmSection {
  private final SectionKey key;
  private final StateLayout layout;
  private final Source source;
  private final Sink sink;
  private @Nullable StateValues loaded;

  KvmSection(SectionKey key, StateLayout layout, Source source, Sink sink) {
    this.key = key;
    this.layout = layout;
    this.source = source;
    this.sink = sink;
  }

  /** Gets values from the kernel. */
  @FunctionalInterface
  interface Source {
    StateValues get() throws LinuxException;
  }

  /** Gives values to the kernel. */
  @FunctionalInterface
  interface Sink {
    void set(StateValues values) throws LinuxException, StateException;
  }

  DeviceState device() {
    return layout.device(key, this::save, values -> loaded = values);
  }

  private StateValues save() throws StateException {
    try {
      return source.get();
    } catch (LinuxException e) {
      throw new StateException(StateException.Fault.LOCAL, "State " + key + " cannot be had", e);
    }
  }

  /**
   * Gives the kernel back what it has, as long as nothing waits for it: the first time costs many
   * times the second, and the second is at the switchover, when the guest stands still.
   */
  void rehearse() throws LinuxException, StateException {
    sink.set(source.get());
  }

  boolean arrived() {
    return loaded != null;
  }

  void forget() {
    loaded = null;
  }

  /** Hands over what was loaded. */
  void apply() throws StateException {
    StateValues values = loaded;
    if (values == null) {
      throw new StateException(StateException.Fault.PEER, "State " + key + " did not arrive");
    }
    try {
      sink.set(values);
    } catch (LinuxException e) {
      throw new StateException(StateException.Fault.PEER, "State " + key + " is refused", e);
    }
    loaded = null;
  }
}
