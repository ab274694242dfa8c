package org.godwit.userfault.handover;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.godwit.api.userfault.FaultHandover;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.SocketName;
import org.godwit.userfault.kernel.KernelSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Takes over faults of other processes. Thread-safe; two threads for each process served. */
@Component(immediate = true) // a delayed component would end with its last user, and its services
public final class HandoverService implements FaultHandover {
  private final Set<ServedProcess> served = ConcurrentHashMap.newKeySet();
  private final Set<Door> doors = ConcurrentHashMap.newKeySet();
  private final Set<KernelSession> sessions = ConcurrentHashMap.newKeySet();
  private final Set<Reception> waiting = ConcurrentHashMap.newKeySet();

  /** Written when the bundle goes away, read by whoever begins something. */
  private volatile boolean stopped;

  /** Creates the service. */
  @Activate
  public HandoverService() {}

  /** Processes get all their pages first: see {@link ServedProcess#close()}. */
  @Deactivate
  void stop() {
    stopped = true;
    waiting.forEach(Reception::close);
    served.forEach(ServedProcess::leave);
    doors.forEach(Door::close);
    served.forEach(ServedProcess::close);
    sessions.forEach(session -> session.lose("bundle org.godwit.userfault.handover was stopped"));
  }

  @Override
  public Served serve(Path socket, Path memory, Pace pace) throws UserfaultException {
    checkRunning();
    MemoryFile file = MemoryFile.open(memory);
    try {
      Reception reception = Reception.at(listen(socket, 1));
      ServedProcess process = new ServedProcess(reception, file, pace, served::remove);
      served.add(process);
      process.start();
      if (stopped) {
        process.close();
      }
      return process;
    } catch (UserfaultException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Offer offer(Path socket, Path memory, Pace pace, Consumer<Served> came)
      throws UserfaultException {
    checkRunning();
    MemoryFile file = MemoryFile.open(memory);
    try {
      Door door = new Door(listen(socket, Door.BACKLOG), file, pace, came, doors::remove);
      doors.add(door);
      door.open();
      if (stopped) {
        door.close();
      }
      return door;
    } catch (UserfaultException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Taken take(Path socket, Duration patience) throws UserfaultException {
    checkRunning();
    try (Reception reception = Reception.at(listen(socket, 1))) {
      waiting.add(reception);
      try {
        checkRunning();
        return taken(reception.await(patience, Reception.PATIENCE, Long.MAX_VALUE));
      } finally {
        waiting.remove(reception);
      }
    }
  }

  Taken taken(Arrival arrival) throws UserfaultException {
    KernelSession session =
        KernelSession.handed("process-" + arrival.process(), arrival.uffd(), sessions::remove);
    sessions.add(session);
    if (stopped) {
      session.lose("bundle org.godwit.userfault.handover was stopped");
    }
    List<RegionTable.Region> regions = arrival.table().regions();
    return new Taken(
        session,
        regions.stream().map(RegionTable.Region::memory).toList(),
        regions.stream().map(RegionTable.Region::offset).toList());
  }

  private void checkRunning() throws UserfaultException {
    if (stopped) {
      throw new UserfaultException("bundle org.godwit.userfault.handover was stopped");
    }
  }

  /** A socket that its listener left behind is replaced; a live one and other files stay. */
  private static ListeningSocket listen(Path socket, int backlog) throws UserfaultException {
    try {
      SocketName.Local name = new SocketName.Local(socket.toString());
      ListeningSocket.removeStale(name);
      return ListeningSocket.listen(name, backlog);
    } catch (LinuxException e) {
      throw new UserfaultException("Cannot listen on " + socket + ": " + e.getMessage(), e);
    }
  }
}
