package org.godwit.userfault.software;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;

/** The gates of one guest. Thread-safe; has no thread of its own. */
final class SoftwareSession implements UserfaultSession {
  private final String name;
  private final Consumer<SoftwareSession> onClose;
  private final Set<SoftwareRegion> regions = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean ended = new AtomicBoolean();

  SoftwareSession(String name, Consumer<SoftwareSession> onClose) {
    this.name = name;
    this.onClose = onClose;
  }

  @Override
  public UserfaultRegion add(GuestMemory memory, FaultSink sink) throws UserfaultException {
    if (!(memory instanceof GuestMemory.Gated gated)) {
      throw new UserfaultException(
          "Session " + name + " traps only memory whose accesses pass through Godwit");
    }
    SoftwareRegion region = new SoftwareRegion(this, gated, sink);
    regions.add(region);
    if (ended.get()) {
      region.close();
      throw new UserfaultException("Session " + name + " is closed");
    }
    return region;
  }

  void remove(SoftwareRegion region) {
    regions.remove(region);
  }

  /** No bundle answers for the gates any more; they go on working for those who hold them. */
  void lose(String reason) {
    if (!ended.getAndSet(true)) {
      regions.forEach(region -> region.lost(reason));
    }
  }

  @Override
  public void close() {
    ended.set(true);
    regions.forEach(SoftwareRegion::close);
    onClose.accept(this);
  }

  @Override
  public String toString() {
    return name;
  }
}
