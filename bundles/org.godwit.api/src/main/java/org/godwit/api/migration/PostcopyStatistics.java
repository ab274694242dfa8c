package org.godwit.api.migration;

import java.time.Duration;
import java.util.List;

/**
 * Figures of the postcopy part of a migration (postcopy, sections 4.6 and 5). A snapshot.
 *
 * @param requests page requests sent (destination) or received (source)
 * @param requestedPages pages that were sent (placed) because they were requested
 * @param backgroundPages pages that were sent (placed) by the background scan
 * @param faults faults of the guest on missing pages; destination only
 * @param latencyMedian time from a fault to its page, half of them; destination only
 * @param latency99 the same, 99 of 100
 * @param latencyMost the longest
 * @param blocktime time in which all vCPUs were blocked; zero unless {@code postcopy-blocktime} is
 *     on
 * @param vcpuBlocktime time in which each vCPU was blocked; empty unless {@code postcopy-blocktime}
 *     is on
 * @param recoveries how often a broken link was recovered
 * @param releasedBytes guest memory that the source gave back to its host ({@code release-ram}),
 *     bytes; source only
 */
public record PostcopyStatistics(
    long requests,
    long requestedPages,
    long backgroundPages,
    long faults,
    Duration latencyMedian,
    Duration latency99,
    Duration latencyMost,
    Duration blocktime,
    List<Duration> vcpuBlocktime,
    long recoveries,
    long releasedBytes) {
  /** Copies the list. */
  public PostcopyStatistics {
    vcpuBlocktime = List.copyOf(vcpuBlocktime);
  }
}
