package org.godwit.api.machine;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The side of a RAM block that incoming postcopy works on: its pages can be absent for a while.
 *
 * <p>Order of calls: {@link #prepare()} before anything is received, {@link #guard} before pages
 * are trapped, {@link #release()} when none is absent any more or the guest is given up. One
 * thread.
 */
@ConsumerType
public interface PostcopyMemory {
  /**
   * Where pages are placed.
   *
   * @return constant for the life of the block
   */
  GuestMemory memory();

  /**
   * From now on exactly those pages become present that are written: nothing is populated ahead, no
   * huge page covers neighbours, and a page that is made zero may stay absent.
   */
  void prepare();

  /**
   * From now on pages are trapped: {@link RamBlock#mapping()} answers empty, and {@link
   * RamBlock#read}, {@link RamBlock#write} and {@link RamBlock#zero} wait at the gate, outside of
   * all locks, before they touch anything.
   *
   * @param gate where to wait
   */
  void guard(PageGate gate);

  /** Everything is present again and may be touched by anyone. Does nothing if not guarded. */
  void release();
}
