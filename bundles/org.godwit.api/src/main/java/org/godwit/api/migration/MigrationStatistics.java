package org.godwit.api.migration;

import java.time.Duration;
import java.util.Optional;
import org.godwit.api.savestate.XbzrleCounters;

/**
 * Figures of a migration, defined as QEMU defines those of {@code query-migrate} (precopy engine,
 * section 3). A snapshot.
 *
 * @param transferred bytes sent (received)
 * @param remaining dirty bytes left
 * @param total bytes of all RAM blocks
 * @param duplicate zero pages
 * @param normal full pages
 * @param pageSize bytes of a page
 * @param dirtyPagesRate newly dirty pages per second
 * @param dirtySyncCount bitmap syncs
 * @param megabitsPerSecond throughput in 10^6 bit/s
 * @param pagesPerSecond pages sent in a second
 * @param precopyBytes bytes sent while the guest ran
 * @param downtimeBytes bytes sent while it was stopped
 * @param totalTime since begin, or begin to end
 * @param setupTime time of the setup phase
 * @param expectedDowntime what a switchover now would cost
 * @param downtime what it cost, in parts
 * @param postcopy figures of postcopy; empty before it began
 * @param xbzrle counters of delta encoding; empty if the capability is off
 */
public record MigrationStatistics(
    long transferred,
    long remaining,
    long total,
    long duplicate,
    long normal,
    long pageSize,
    long dirtyPagesRate,
    long dirtySyncCount,
    double megabitsPerSecond,
    long pagesPerSecond,
    long precopyBytes,
    long downtimeBytes,
    Duration totalTime,
    Duration setupTime,
    Duration expectedDowntime,
    Downtime downtime,
    Optional<PostcopyStatistics> postcopy,
    Optional<XbzrleCounters> xbzrle) {}
