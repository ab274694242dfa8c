package org.godwit.coordinator;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;

/**
 * Postcopy of dirty bitmaps alone (postcopy, section 9): all memory comes before the package, only
 * bitmaps follow, so no page is ever absent, asked for or sent again. Stateless.
 */
final class FollowingBitmaps implements PostcopyLoad {
  /**
   * The connection broke before all bitmaps were here. Nobody can recover them, and neither release
   * of QEMU runs its guest again: it is kept without.
   *
   * @param postcopy what has arrived; the package is here
   * @param machine what becomes whole
   * @param followed whether the source went on behind the package
   * @param cause why it broke
   */
  static IncomingResult lost(
      IncomingPostcopy postcopy, IncomingMachine machine, boolean followed, Throwable cause) {
    Optional<Throwable> failure = postcopy.awaitPackage();
    if (failure.isPresent()) {
      return new IncomingResult.Failed(failure.get(), true, true);
    }
    try {
      return new IncomingResult.Held(
          machine.commit(),
          followed ? GuestLocation.DESTINATION : GuestLocation.UNCERTAIN,
          "The guest is here, whole and stopped, but not all of its dirty bitmaps are: what relies on"
              + " them has to begin anew.",
          cause);
    } catch (MachineException | RuntimeException | Error e) {
      return new IncomingResult.Failed(e, true, true);
    }
  }

  @Override
  public void advise(long summary, long targetPage) {
    // no page sizes are told
  }

  @Override
  public void discard(String block, long offset, long length) throws StateException {
    throw noPages("discards pages");
  }

  @Override
  public void listen(PageRequests requests) {
    // nothing will be asked for
  }

  @Override
  public boolean trapped() {
    return false;
  }

  @Override
  public byte[] received(String block) throws StateException {
    throw noPages("asks which pages arrived");
  }

  @Override
  public void urgentExpected(boolean expected) {
    // no page is urgent
  }

  @Override
  public boolean urgent(StateReader in) throws StateException, IOException {
    throw noPages("sends pages");
  }

  private static StateException noPages(String what) {
    return new StateException(
        Fault.PEER, "The source " + what + " in a postcopy of dirty bitmaps alone.");
  }

  @Override
  public void pause() {
    // bitmaps cannot be recovered
  }

  @Override
  public void resume(PageRequests requests) {
    // nobody waits for a page
  }

  @Override
  public void finish() {
    // nothing is owed
  }

  @Override
  public void abandon() {
    // nobody waits for a page
  }

  @Override
  public PostcopyStatistics statistics() {
    return new PostcopyStatistics(
        0, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, List.of(), 0, 0);
  }
}
