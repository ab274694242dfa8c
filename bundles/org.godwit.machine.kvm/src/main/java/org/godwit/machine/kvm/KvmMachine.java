package org.godwit.machine.kvm;

import org.godwit.api.machine.RunState;
import org.godwit.machine.mapped.MappedMachine;

/** A guest on KVM. Thread-safe. */
final class KvmMachine extends MappedMachine {
  /** Machine type on the wire. */
  static final String TYPE = "godwit-kvm-1";

  KvmMachine(String name, KvmGuest guest, RunState state) {
    super(TYPE, name, guest, state);
    guest.onFailure(this::fail);
  }
}
