package org.godwit.userfault.linux;

import java.lang.foreign.MemorySegment;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.WriteLog;
import org.godwit.linux.LinuxException;
import org.godwit.linux.WriteTracker;
import org.godwit.userfault.kernel.KernelRegion;

/** A log of writes by asynchronous write protection. One thread at a time. */
final class KernelWriteLog implements WriteLog {
  static final long PAGE = 4096;

  private final WriteTracker tracker;

  /** Held during each call; the monitor of the region where there is one. */
  private final Object lock;

  private KernelWriteLog(WriteTracker tracker, Object lock) {
    this.tracker = tracker;
    this.lock = lock;
  }

  static WriteLog open(long address, long length) throws UserfaultException {
    try {
      return new KernelWriteLog(WriteTracker.open(address, length), new Object());
    } catch (LinuxException e) {
      throw new UserfaultException("Writes cannot be logged: " + e.getMessage(), e);
    }
  }

  /** A log of memory that a session holds. */
  static WriteLog over(KernelRegion region) throws UserfaultException {
    return new KernelWriteLog(region.track(), region);
  }

  @Override
  public void protect() throws UserfaultException {
    try {
      synchronized (lock) {
        tracker.protect();
      }
    } catch (LinuxException e) {
      throw new UserfaultException("The log of writes is lost: " + e.getMessage(), e);
    }
  }

  @Override
  public long fetch(MemorySegment bitmap) throws UserfaultException {
    try {
      synchronized (lock) {
        return tracker.fetch(bitmap);
      }
    } catch (LinuxException e) {
      throw new UserfaultException("The log of writes is lost: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    tracker.close();
  }
}
