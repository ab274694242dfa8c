package org.godwit.api.savestate;

/**
 * Counters of delta encoding ({@code xbzrle-cache} of {@code query-migrate}).
 *
 * @param cacheSize size of the cache in bytes
 * @param bytes encoded bytes sent, with the 3 bytes before each
 * @param pages pages that were found in the cache
 * @param cacheMiss pages that were not
 * @param cacheMissRate misses per page looked up in the last period, 0 to 1
 * @param encodingRate page bytes per encoded byte in the last period
 * @param overflow pages whose encoding would have been longer than the page
 */
public record XbzrleCounters(
    long cacheSize,
    long bytes,
    long pages,
    long cacheMiss,
    double cacheMissRate,
    double encodingRate,
    long overflow) {}
