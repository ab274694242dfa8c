package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.transport.ChannelServer;

/**
 * The end of an incoming migration whose machine is whole, but does not run yet: finds out whether
 * it is ours, and starts it then (docs/ownership.md). Belongs to the receiving thread, except for
 * what the watchdog calls.
 */
final class TakeOver {
  private final Job job;
  private final ChannelServer server;
  private final GuestSwitch guest;
  private final Runnable settled;
  // volatile: set by the receiving thread, looked at by the watchdog
  private volatile Optional<Consent> consent = Optional.empty();

  /**
   * Nothing has arrived yet.
   *
   * @param job the migration
   * @param server accepts a source that comes back to hand its guest over
   * @param guest starts it
   * @param settled is run when the guest is ours and nobody can cancel any more
   */
  TakeOver(Job job, ChannelServer server, GuestSwitch guest, Runnable settled) {
    this.job = job;
    this.server = server;
    this.guest = guest;
    this.settled = settled;
  }

  /**
   * Does it.
   *
   * @param arrived the machine
   * @param last the connection that brought the end of it
   * @param byConsent whether a Godwit source says when the guest is ours; else SHUT 0 does
   */
  IncomingResult take(Machine arrived, IncomingLink last, boolean byConsent) {
    last.lane().ifPresent(UrgentLane::retire);
    boolean asked = byConsent && last.answers().greeted();
    Consent opened;
    try {
      opened = new Consent(job, last.channel(), last.answers(), last.loader(), server);
    } catch (RuntimeException | Error e) {
      return IncomingResult.Held.unconfirmed(arrived, e);
    }
    try (opened) {
      consent = Optional.of(opened);
      return take(arrived, last, opened, asked);
    } finally {
      consent = Optional.empty();
    }
  }

  /** From here on the guest may be ours: nothing that fails may call it the source's. */
  private IncomingResult take(Machine arrived, IncomingLink last, Consent opened, boolean asked) {
    try {
      decide(last, opened, asked);
      job.lifecycle().checked(settled);
    } catch (IOException | EndedException | RuntimeException | Error e) {
      return IncomingResult.Held.unconfirmed(arrived, e);
    }
    IncomingResult result = start(arrived);
    if (asked) {
      opened.confirm(result instanceof IncomingResult.Arrived);
    }
    return result;
  }

  private IncomingResult start(Machine arrived) {
    try {
      guest.start(arrived);
      return new IncomingResult.Arrived(arrived);
    } catch (MachineException | RuntimeException | Error e) {
      return IncomingResult.Held.notStarted(arrived, e);
    }
  }

  /** Returns when the guest is ours. */
  private void decide(IncomingLink last, Consent opened, boolean asked) throws IOException {
    if (!last.answers().isOpen()) {
      return;
    }
    if (asked) {
      opened.obtain();
      return;
    }
    last.answers().shut(true);
    if (guest.wanted() || last.lane().isPresent()) {
      // a source that read SHUT closes in order; one that did not may run the guest again, or has
      // still to end its preempt channel
      last.in().drain();
    } else {
      partFrom(last);
    }
  }

  /** Nothing runs here: the source may end as it likes, but not because we left it too early. */
  private void partFrom(IncomingLink last) {
    try {
      long late = last.in().farewell();
      if (late > 0) {
        job.note(late + " bytes came after SHUT, such as a late vmdescription; they are not kept");
      }
    } catch (IOException e) {
      job.note("The source broke the connection after SHUT; it may not have read it", e);
    }
  }

  /** A look by the watchdog. */
  void tick(long now) {
    consent.ifPresent(there -> there.tick(now));
  }

  /** Whether a stall ends this connection only; ends it then. */
  boolean survives(EndCause.Stalled why) {
    return consent.filter(there -> there.survives(why)).isPresent();
  }
}
