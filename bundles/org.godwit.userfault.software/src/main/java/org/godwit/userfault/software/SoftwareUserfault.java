package org.godwit.userfault.software;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Traps by gates, on any host. Thread-safe. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its sessions with it
    service = UserfaultBackend.class,
    property = "godwit.userfault=software")
public final class SoftwareUserfault implements UserfaultBackend {
  private final Set<SoftwareSession> sessions = ConcurrentHashMap.newKeySet();

  /** Written when the bundle goes away, read by whoever opens a session. */
  private volatile boolean stopped;

  /** Creates the backend. */
  @Activate
  public SoftwareUserfault() {}

  @Deactivate
  void stop() {
    stopped = true;
    sessions.forEach(session -> session.lose("bundle org.godwit.userfault.software was stopped"));
  }

  @Override
  public Support probe() {
    return new Support.Available();
  }

  @Override
  public Support probe(GuestMemory memory) {
    return memory instanceof GuestMemory.Gated
        ? probe()
        : new Support.Unavailable("native code reaches this memory past any gate");
  }

  @Override
  public UserfaultSession open(String name) throws UserfaultException {
    SoftwareSession session = new SoftwareSession(name, sessions::remove);
    sessions.add(session);
    if (stopped) {
      session.close();
      throw new UserfaultException("bundle org.godwit.userfault.software was stopped");
    }
    return session;
  }
}
