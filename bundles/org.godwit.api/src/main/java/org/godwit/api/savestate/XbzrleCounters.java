package org.godwit.api.savestate;

/**
 * Counters of delta encoding ({@code xbzrle-cache} of {@code query-migrate}).
 *
 * @param cacheSize size of the cache in bytes
 * @param bytes encoded bytes sent, with the 3 bytes before each; a page that overflowed counts
 *     whole
 * @param pages pages that were found in the cache
 * @param cacheMiss pages that were not
 * @param cacheMissRate misses per page sent, in the last period of a second or more that sent any
 * @param encodingRate bytes of the pages found per encoded byte in that period; 0 if there are none
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
