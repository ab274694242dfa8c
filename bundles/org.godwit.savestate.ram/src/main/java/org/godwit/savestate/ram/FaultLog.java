package org.godwit.savestate.ram;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.godwit.api.migration.PostcopyStatistics;

/**
 * Times of faults and who was blocked by them (postcopy, section 4.6), without allocating anything
 * per fault. Latencies go into buckets that are at most 1/16 wide. Guarded by the lock of its
 * {@link PageStates}.
 */
final class FaultLog {
  /** Faults that can wait at one time; a thread waits for one page at a time. */
  static final int MOST_WAITING = 1024;

  private static final int MOST_THREADS = 256;
  private static final int SUB_BITS = 4;
  private static final int BUCKETS = 64 << SUB_BITS;

  private final long[] page = new long[MOST_WAITING];
  private final long[] since = new long[MOST_WAITING];
  private final int[] slot = new int[MOST_WAITING];
  private final long[] buckets = new long[BUCKETS];
  private final int[] threads = new int[MOST_THREADS];
  private final int[] waitingOf = new int[MOST_THREADS];
  private final long[] blocked = new long[MOST_THREADS];
  private int waiting;
  private int threadCount;
  private int down;
  private long allDownSince;
  private long allBlocked;
  private long faults;
  private long longest;

  /** A thread waits for a page from now on; the same thread and page may come again. */
  void begin(long key, int thread, long now) {
    int who = thread == 0 ? -1 : slotOf(thread);
    if (find(key, who) >= 0) {
      return;
    }
    faults++;
    if (waiting == MOST_WAITING) {
      return;
    }
    page[waiting] = key;
    since[waiting] = now;
    slot[waiting] = who;
    waiting++;
    if (who >= 0 && waitingOf[who]++ == 0) {
      down++;
      allDownSince = now;
    }
  }

  /** A page is there. */
  void end(long key, long now) {
    int i = 0;
    while (i < waiting) {
      if (page[i] == key) {
        finish(i, now);
      } else {
        i++;
      }
    }
  }

  private void finish(int i, long now) {
    long time = Math.max(0, now - since[i]);
    buckets[bucket(time)]++;
    longest = Math.max(longest, time);
    int who = slot[i];
    if (who >= 0) {
      blocked[who] += time;
      if (--waitingOf[who] == 0) {
        if (down == threadCount) {
          allBlocked += now - allDownSince;
        }
        down--;
      }
    }
    waiting--;
    page[i] = page[waiting];
    since[i] = since[waiting];
    slot[i] = slot[waiting];
  }

  private int find(long key, int who) {
    for (int i = 0; i < waiting; i++) {
      if (page[i] == key && slot[i] == who) {
        return i;
      }
    }
    return -1;
  }

  private int slotOf(int thread) {
    for (int i = 0; i < threadCount; i++) {
      if (threads[i] == thread) {
        return i;
      }
    }
    if (threadCount == MOST_THREADS) {
      return -1;
    }
    threads[threadCount] = thread;
    return threadCount++;
  }

  private static int bucket(long nanos) {
    int exponent = 63 - Long.numberOfLeadingZeros(nanos | 1);
    if (exponent < SUB_BITS) {
      return (int) nanos;
    }
    int sub = (int) (nanos >>> (exponent - SUB_BITS)) & ((1 << SUB_BITS) - 1);
    return ((exponent - SUB_BITS + 1) << SUB_BITS) + sub;
  }

  /** Largest value of a bucket. */
  private static long ceiling(int bucket) {
    int group = bucket >>> SUB_BITS;
    if (group == 0) {
      return bucket;
    }
    long sub = (bucket & ((1 << SUB_BITS) - 1)) + (1L << SUB_BITS) + 1;
    return (sub << (group - 1)) - 1;
  }

  private Duration percentile(int hundredths) {
    long count = Arrays.stream(buckets).sum();
    long wanted = (count * hundredths + 99) / 100;
    long seen = 0;
    for (int i = 0; i < BUCKETS && count > 0; i++) {
      seen += buckets[i];
      if (seen >= wanted) {
        return Duration.ofNanos(Math.min(ceiling(i), longest));
      }
    }
    return Duration.ZERO;
  }

  /** Figures; those of blocktime only if they were asked for. */
  PostcopyStatistics figures(
      long requests, long requested, long background, long recoveries, boolean blocktime) {
    List<Duration> each = new ArrayList<>();
    for (int i = 0; i < threadCount && blocktime; i++) {
      each.add(Duration.ofNanos(blocked[i]));
    }
    return new PostcopyStatistics(
        requests,
        requested,
        background,
        faults,
        percentile(50),
        percentile(99),
        Duration.ofNanos(longest),
        Duration.ofNanos(blocktime ? allBlocked : 0),
        each,
        recoveries,
        0);
  }
}
