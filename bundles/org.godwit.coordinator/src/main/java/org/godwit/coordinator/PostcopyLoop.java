package org.godwit.coordinator;

import java.io.IOException;
import org.godwit.api.migration.Parameter;
import org.godwit.api.savestate.LiveState.Accuracy;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateException;

/**
 * Sends what follows a guest that runs already: pages that it waits for at once, the others within
 * the rate limit of postcopy (postcopy, section 5). Belongs to the sending thread.
 */
final class PostcopyLoop {
  /** Longest section, so that the rate limit and a broken link are looked at often enough. */
  private static final long LONGEST_PASS = 50_000_000L;

  /** A destination that answers no PING is sent to all the same, slowly. */
  private static final long PATIENCE = 1_000_000_000L;

  private final Job job;
  private final SourceStream stream;
  private final PostcopyState memory;
  private final SourceLink link;
  private final Object monitor;
  private final MemoryRelease release;
  private final Runnable count;
  private final Backlog backlog;
  private final RateLimit limit = new RateLimit();
  private long pagesBefore;
  private long passEnd;

  /**
   * Prepares the loop.
   *
   * @param job whose settings and end count
   * @param stream what sends
   * @param memory what is sent
   * @param link over which it goes
   * @param monitor is notified when a page was asked for, the link broke or the job was ended
   * @param release lets memory go that has arrived
   * @param backlog bounds what is under way
   * @param count is run after each section
   */
  PostcopyLoop(
      Job job,
      SourceStream stream,
      PostcopyState memory,
      SourceLink link,
      Object monitor,
      MemoryRelease release,
      Backlog backlog,
      Runnable count) {
    this.job = job;
    this.stream = stream;
    this.memory = memory;
    this.link = link;
    this.monitor = monitor;
    this.release = release;
    this.backlog = backlog;
    this.count = count;
  }

  /** Sends until nothing is left. */
  void run() throws EndedException, StateException, IOException, InterruptedException {
    pagesBefore = job.figures().pages();
    newPeriod();
    while (memory.pending(Accuracy.ESTIMATE).total() > 0) {
      check();
      if (memory.urgent() || !held()) {
        passEnd = job.now() + LONGEST_PASS;
        stream.follow(this::passOver);
        ask();
      }
      letGo();
      count.run();
      govern();
    }
    check();
  }

  private void letGo() throws IOException {
    release.step();
    boolean more = release.some();
    while (more && !memory.urgent() && !interrupted()) {
      more = release.some();
    }
  }

  private void check() throws EndedException {
    job.lifecycle().check();
    link.check();
  }

  private boolean passOver() {
    return held() || askable() || job.now() >= passEnd || interrupted();
  }

  private boolean held() {
    return limit.exhausted(stream.position()) || crowded();
  }

  /**
   * Also with a connection of their own for pages that are asked for: both ends have to work on
   * them beside the others.
   */
  private boolean crowded() {
    return backlog.full(stream.position());
  }

  private boolean askable() {
    return backlog.due(stream.position());
  }

  private void ask() throws IOException {
    if (askable()) {
      stream.ping(backlog.ask(stream.position(), job.now()));
    }
  }

  private boolean interrupted() {
    return link.broken().isPresent() || job.lifecycle().cause().isPresent();
  }

  private void govern() throws InterruptedException {
    long rest = limit.rest(job.now());
    if (rest > 0 && limit.exhausted(stream.position())) {
      sleep(rest);
    } else if (crowded()) {
      awaitRoom();
    }
    long now = job.now();
    if (limit.rest(now) <= 0) {
      RateLimit.Measured period = limit.measure(now, stream.position());
      long pages = job.figures().pages();
      long perSecond = (pages - pagesBefore) * 1_000_000_000L / period.nanos();
      pagesBefore = pages;
      job.figures().rate(period.megabits(), perSecond);
      newPeriod();
    }
  }

  private void newPeriod() {
    limit.begin(job.now(), stream.position(), job.settings(), Parameter.MAX_POSTCOPY_BANDWIDTH);
  }

  private void awaitRoom() throws InterruptedException {
    synchronized (monitor) {
      long end = job.now() + PATIENCE;
      while (crowded() && !memory.urgent() && !interrupted()) {
        long left = end - job.now();
        if (left <= 0) {
          backlog.forget(stream.position());
        } else {
          job.terms().time().pause(monitor, left);
        }
      }
    }
  }

  private void sleep(long nanos) throws InterruptedException {
    synchronized (monitor) {
      if (!memory.urgent() && !interrupted() && !release.confirmed()) {
        job.terms().time().pause(monitor, nanos);
      }
    }
  }
}
