package org.godwit.api.machine;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Tells which pages of a machine were written, by the guest or by the process on its behalf.
 *
 * <p>Used by one thread at a time. Between {@link #start()} and {@link #stop()} no write may be
 * missed: a page written before a {@link #fetch} that is not reported by it must be reported by the
 * next one.
 */
@ConsumerType
public interface DirtyLog {

  /** Bytes of guest memory that one bit of a bitmap stands for. */
  int PAGE_SIZE = 4096;

  /**
   * Begins logging. Pages written earlier are not reported.
   *
   * @throws MachineException if the platform refuses, with the reason
   */
  void start() throws MachineException;

  /**
   * Fetches what was written since the last fetch (or {@link #start()}) and sets those bits.
   *
   * @param block a block of the machine
   * @param bitmap 64-bit words in host byte order, least significant bit first, one bit per {@link
   *     #PAGE_SIZE} bytes; bits are only ever set (OR)
   * @return number of bits that were clear before and are set now
   * @throws MachineException if the log is lost
   */
  long fetch(RamBlock block, MemorySegment bitmap) throws MachineException;

  /**
   * Re-arms detection for a range whose writes were fetched, for logs that defer this (precopy
   * engine, section 4, {@code clear_bmap}). Must be called before the pages are read for sending. A
   * log that re-arms in {@link #fetch} does nothing here.
   *
   * @param block a block of the machine
   * @param firstPage index of the first page
   * @param pages number of pages
   * @throws MachineException if the log is lost
   */
  void rearm(RamBlock block, long firstPage, long pages) throws MachineException;

  /** Ends logging; never throws, may be called when not started. */
  void stop();
}
