package org.godwit.coordinator;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.PendingBytes;
import org.godwit.api.savestate.StateException;

/**
 * The sending loop of precopy (precopy engine, section 2): passes within the rate limit until what
 * is left fits into the downtime limit, or may follow in postcopy. Belongs to the sending thread.
 */
final class PrecopyLoop {
  /** How the guest goes over. */
  enum Exit {
    /** With all of its memory. */
    PRECOPY,
    /** Before its memory. */
    POSTCOPY
  }

  /** Longest pass, so that the rate limit and the switchover are looked at often enough. */
  private static final long LONGEST_PASS = 50_000_000L;

  /** Between two looks at a destination that has not agreed to the switchover yet. */
  private static final long AGREEMENT_PAUSE = 5_000_000L;

  /** A period with fewer bytes says nothing about the bandwidth. */
  private static final long TELLING_BYTES = 10_000;

  private final Job job;
  private final SourceStream stream;
  private final BooleanSupplier maySwitch;
  private final BooleanSupplier postcopyWanted;
  private final Object monitor;
  private final RateLimit limit = new RateLimit();
  private final Convergence convergence = new Convergence();
  private double bandwidth;
  private boolean awaiting;
  private long threshold;
  private long pagesBefore;
  private long passEnd;

  /**
   * Prepares the loop.
   *
   * @param job whose settings, figures and end count
   * @param stream what sends
   * @param maySwitch whether the destination agrees to a switchover
   * @param postcopyWanted whether the guest is to go before its memory
   * @param monitor is notified when the job is ended
   */
  PrecopyLoop(
      Job job,
      SourceStream stream,
      BooleanSupplier maySwitch,
      BooleanSupplier postcopyWanted,
      Object monitor) {
    this.job = job;
    this.stream = stream;
    this.maySwitch = maySwitch;
    this.postcopyWanted = postcopyWanted;
    this.monitor = monitor;
  }

  /** Sends until the switchover is due. */
  Exit run() throws EndedException, StateException, IOException, InterruptedException {
    newPeriod();
    try {
      return passes();
    } finally {
      await(false);
    }
  }

  private Exit passes() throws EndedException, StateException, IOException, InterruptedException {
    while (true) {
      job.lifecycle().check();
      if (!limit.exhausted(stream.position())) {
        PendingBytes pending = pending();
        boolean small = pending.total() == 0 || pending.total() < threshold;
        boolean early = pending.mustPrecopy() <= mayStayBehind() && postcopyDue();
        if ((small || early) && maySwitch.getAsBoolean()) {
          return small ? Exit.PRECOPY : Exit.POSTCOPY;
        }
        await(small || early);
        if (early && job.settings().flag(Parameter.LAZY)) {
          sleep(AGREEMENT_PAUSE);
        } else {
          send(pending);
        }
      }
      govern();
    }
  }

  private boolean postcopyDue() {
    return postcopyWanted.getAsBoolean()
        || (job.settings().has(Capability.POSTCOPY_RAM) && convergence.hopeless(job.settings()));
  }

  /**
   * What precopy may leave to the downtime. An instant restore leaves nothing: what it sends ahead
   * are pages that the guest is known to want first.
   */
  private long mayStayBehind() {
    return job.settings().flag(Parameter.LAZY) ? 0 : threshold;
  }

  /** While only the destination's consent is missing, its silence is a stall. */
  private void await(boolean consent) {
    if (consent && !awaiting) {
      job.watch().begin();
    } else if (!consent && awaiting) {
      job.watch().end(0);
    }
    awaiting = consent;
  }

  private PendingBytes pending() throws StateException {
    PendingBytes pending = stream.pending(Accuracy.ESTIMATE);
    if (pending.total() >= threshold) {
      return pending;
    }
    PendingBytes exact = stream.pending(Accuracy.EXACT);
    convergence.synced(job.figures().pages(), exact.total() / Figures.PAGE_SIZE);
    return exact;
  }

  private void send(PendingBytes pending) throws StateException, IOException, InterruptedException {
    if (pending.total() == 0) {
      // nothing to send until the destination agrees; empty sections would only keep it busy
      sleep(AGREEMENT_PAUSE);
      return;
    }
    passEnd = job.now() + LONGEST_PASS;
    stream.iterate(this::passOver);
  }

  private boolean passOver() {
    return limit.exhausted(stream.position())
        || job.now() >= passEnd
        || job.lifecycle().cause().isPresent();
  }

  private void govern() throws InterruptedException {
    long now = job.now();
    if (limit.rest(now) > 0) {
      if (!limit.exhausted(stream.position())) {
        return;
      }
      sleep(limit.rest(now));
      now = job.now();
    }
    if (limit.rest(now) <= 0) {
      evaluate(limit.measure(now, stream.position()));
      newPeriod();
    }
  }

  private void evaluate(RateLimit.Measured period) {
    Settings settings = job.settings();
    if (period.bytes() > 0) {
      // a period in which only the destination's consent was awaited says nothing
      bandwidth = period.bandwidth();
    }
    threshold = RateLimit.threshold(bandwidth, settings);
    long pages = job.figures().pages();
    long perSecond = (pages - pagesBefore) * 1_000_000_000L / period.nanos();
    pagesBefore = pages;
    job.figures().rate(period.megabits(), perSecond);
    boolean dirtyRateKnown = job.figures().counters().dirtyPagesRate() > 0;
    if (dirtyRateKnown && period.bytes() > TELLING_BYTES) {
      double millis = job.figures().bytesAtLastSync() / period.bandwidth();
      job.figures().expectedDowntime((long) (millis * 1e6));
    }
  }

  private void newPeriod() {
    limit.begin(job.now(), stream.position(), job.settings(), Parameter.MAX_BANDWIDTH);
  }

  private void sleep(long nanos) throws InterruptedException {
    synchronized (monitor) {
      if (job.lifecycle().cause().isEmpty()) {
        job.terms().time().pause(monitor, nanos);
      }
    }
  }
}
