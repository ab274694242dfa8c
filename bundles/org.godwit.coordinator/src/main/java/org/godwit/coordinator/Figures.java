package org.godwit.coordinator;

import java.time.Duration;
import java.util.Optional;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.savestate.RamCounters;

/**
 * Figures of one migration. Its own thread writes, any thread takes a snapshot; that is why the
 * fields are volatile.
 */
final class Figures {
  static final long PAGE_SIZE = 4096;
  private static final long NOT_YET = -1;

  private final RamCounters counters = new RamCounters();
  private volatile long begun;
  private volatile long ended = NOT_YET;
  private volatile long setupBegun = NOT_YET;
  private volatile long setupEnded = NOT_YET;
  private volatile long stopPosition = NOT_YET;
  private volatile long postcopyPosition = NOT_YET;
  private volatile double megabits;
  private volatile long pagesPerSecond;
  private volatile long expectedDowntime;
  private volatile long bytesAtLastSync;
  private volatile Downtime downtime = Downtime.NONE;
  private volatile Optional<PostcopyStatistics> postcopy = Optional.empty();

  Figures(long now) {
    begun = now;
  }

  RamCounters counters() {
    return counters;
  }

  /** Figures of postcopy; a fresh record at each change. */
  void postcopy(PostcopyStatistics figures) {
    postcopy = Optional.of(figures);
  }

  /** There is a connection: connecting to a peer is not setting up. */
  void setupBegun(long now) {
    setupBegun = now;
    setupEnded = NOT_YET;
  }

  /** A peer came that may bring the guest: waiting for it was no part of its migration. */
  void peerCame(long now) {
    begun = now;
    setupBegun(now);
  }

  void setupEnded(long now) {
    setupEnded = now;
  }

  /** It is over; tidying up after that does not count. Only the first call does. */
  void ended(long now) {
    if (ended == NOT_YET) {
      ended = now;
    }
  }

  /** The guest has left: from now on the throughput is that of all of it but the setup. */
  void completed(long now, long transferred) {
    ended(now);
    long begin = setupEnded - setupBegun + begun;
    megabits = transferred * 8e3 / Math.max(1, now - begin);
  }

  void rate(double megabitsPerSecond, long pages) {
    megabits = megabitsPerSecond;
    pagesPerSecond = pages;
  }

  void expectedDowntime(long nanos) {
    expectedDowntime = nanos;
  }

  /** A bitmap sync has ended. */
  void synced() {
    bytesAtLastSync = counters.remaining() * PAGE_SIZE;
  }

  /** Dirty bytes that the last bitmap sync left. */
  long bytesAtLastSync() {
    return bytesAtLastSync;
  }

  /** The guest was stopped when so many bytes were sent. */
  void stoppedAt(long position) {
    stopPosition = position;
  }

  /** The guest went ahead of its memory when so many bytes were sent. */
  void postcopyAt(long position) {
    postcopyPosition = position;
  }

  /** The destination has the guest so long after the last byte. */
  void handedOver(Duration after) {
    Downtime known = downtime;
    downtime = new Downtime(known.stop(), known.finalPass(), known.deviceState(), after);
  }

  /** The guest runs again here: there was no switchover. */
  void resumed() {
    downtime = Downtime.NONE;
  }

  void downtime(Downtime parts) {
    downtime = parts;
  }

  /** Pages counted so far. */
  long pages() {
    return counters.normal() + counters.duplicate();
  }

  MigrationStatistics snapshot(long now, long transferred) {
    long end = ended == NOT_YET ? now : ended;
    long setupEnd = setupEnded == NOT_YET ? end : setupEnded;
    long setupBegin = setupBegun == NOT_YET ? setupEnd : setupBegun;
    long beforeStop = stopPosition == NOT_YET ? transferred : Math.min(stopPosition, transferred);
    long beforePostcopy =
        postcopyPosition == NOT_YET ? transferred : Math.min(postcopyPosition, transferred);
    return new MigrationStatistics(
        transferred,
        counters.remaining() * PAGE_SIZE,
        counters.total(),
        counters.duplicate(),
        counters.normal(),
        PAGE_SIZE,
        counters.dirtyPagesRate(),
        counters.dirtySyncCount(),
        megabits,
        pagesPerSecond,
        beforeStop,
        beforePostcopy - beforeStop,
        Duration.ofNanos(end - begun),
        Duration.ofNanos(setupEnd - setupBegin),
        Duration.ofNanos(expectedDowntime),
        downtime,
        postcopy,
        counters.xbzrle());
  }
}
