package org.godwit.userfault.linux;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.api.userfault.WriteLog;
import org.godwit.userfault.kernel.KernelRegion;
import org.godwit.userfault.kernel.KernelSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * Traps by the kernel, for memory that native code touches directly. Thread-safe; each session has
 * a fault thread.
 */
@Component(
    immediate = true, // a delayed component would end with its last user, and its sessions with it
    service = UserfaultBackend.class,
    property = {"godwit.userfault=linux", "service.ranking:Integer=100"})
public final class LinuxUserfault implements UserfaultBackend {
  private final Set<KernelSession> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean rehearsed = new AtomicBoolean();

  /** Written when the bundle goes away, read by whoever opens a session. */
  private volatile boolean stopped;

  /** Creates the backend; asks the kernel for nothing yet. */
  @Activate
  public LinuxUserfault() {}

  @Deactivate
  void stop() {
    stopped = true;
    sessions.forEach(session -> session.lose("bundle org.godwit.userfault.linux was stopped"));
  }

  @Override
  public Support probe() {
    try {
      Rehearsal.run();
      rehearsed.set(true);
      return new Support.Available();
    } catch (UserfaultException e) {
      return new Support.Unavailable(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Support probe(GuestMemory memory) {
    return memory instanceof GuestMemory.Native
        ? probe()
        : new Support.Unavailable("the kernel traps native memory of this process only");
  }

  @Override
  public UserfaultSession open(String name) throws UserfaultException {
    if (!rehearsed.get()) {
      Rehearsal.run();
      rehearsed.set(true);
    }
    KernelSession session = KernelSession.open(name, sessions::remove);
    sessions.add(session);
    if (stopped) {
      session.close();
      throw new UserfaultException("bundle org.godwit.userfault.linux was stopped");
    }
    return session;
  }

  @Override
  public WriteLog writeLog(GuestMemory memory) throws UserfaultException {
    for (KernelSession session : sessions) {
      Optional<KernelRegion> region = session.region(memory);
      if (region.isPresent()) {
        return KernelWriteLog.over(region.get());
      }
    }
    if (memory instanceof GuestMemory.Native(long address, long length, long size, var _)
        && size == KernelWriteLog.PAGE) {
      return KernelWriteLog.open(address, length);
    }
    throw new UserfaultException(
        "Writes are logged for native memory of small pages in this process only");
  }
}
