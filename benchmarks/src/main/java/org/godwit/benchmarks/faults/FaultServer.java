package org.godwit.benchmarks.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.FaultSink;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.linux.Mapping;
import org.godwit.userfault.linux.LinuxUserfault;
import org.jspecify.annotations.Nullable;

/**
 * The process that is measured: Godwit's backend with a sink that places each page at once.
 *
 * <p>Arguments: threads, pages of each, rounds, megabytes of garbage in a second. Prints what the
 * handler in C prints.
 */
final class FaultServer {
  private static final long PAGE = 4096;
  private static final int LIVE = 64;

  private final int threads;
  private final int pages;
  private final int rounds;
  private final List<byte[]> live = new ArrayList<>();

  /** Set at the end, read by the allocating thread. */
  private volatile boolean finished;

  private FaultServer(int threads, int pages, int rounds) {
    this.threads = threads;
    this.pages = pages;
    this.rounds = rounds;
  }

  public static void main(String[] arguments) throws Exception {
    int[] numbers = java.util.Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
    FaultServer server = new FaultServer(numbers[0], numbers[1], numbers[2]);
    Thread garbage = Thread.ofPlatform().daemon().start(() -> server.allocate(numbers[3]));
    System.out.println(server.measure().line());
    server.finished = true;
    garbage.join();
  }

  /** Places a page as soon as it is asked for; on the fault thread. */
  private static final class Placing implements FaultSink {
    private final MemorySegment content;
    private volatile @Nullable UserfaultRegion region;

    Placing(MemorySegment content) {
      this.content = content;
    }

    @Override
    public void missing(long offset, int thread, boolean write) {
      try {
        java.util.Objects.requireNonNull(region).install(offset, content, 0, PAGE);
      } catch (UserfaultException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Latencies measure() throws Exception {
    int each = threads * pages;
    try (Mapping memory = Mapping.anonymous(each * PAGE);
        Arena arena = Arena.ofShared();
        GuestCode code = GuestCode.load();
        UserfaultSession session = new LinuxUserfault().open("benchmark")) {
      Placing sink = new Placing(arena.allocate(PAGE, PAGE));
      UserfaultRegion region =
          session.add(
              new GuestMemory.Native(
                  memory.segment().address(), memory.length(), PAGE, GuestMemory.Kind.PRIVATE),
              sink);
      sink.region = region;
      region.trap();
      MemorySegment results = arena.allocate(ValueLayout.JAVA_LONG, (long) each * rounds);
      long ticks = 0;
      long nanos = 0;
      for (int round = 0; round < rounds; round++) {
        long begin = System.nanoTime();
        long tick = code.ticks();
        run(code, memory.segment().address(), results.address() + (long) round * each * 8);
        ticks += round == 0 ? 0 : code.ticks() - tick;
        nanos += round == 0 ? 0 : System.nanoTime() - begin;
        region.discard(0, memory.length());
      }
      long[] measured = results.asSlice((long) each * 8).toArray(ValueLayout.JAVA_LONG);
      return Latencies.of(measured, (double) nanos / ticks, nanos / 1e9);
    }
  }

  private void run(GuestCode code, long memory, long results) throws InterruptedException {
    List<Thread> guests = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long first = (long) i * pages;
      guests.add(
          Thread.ofPlatform()
              .start(() -> code.touch(memory + first * PAGE, pages, PAGE, results + first * 8)));
    }
    for (Thread guest : guests) {
      guest.join();
    }
  }

  /** Makes garbage at a steady rate; some of it stays alive for a while, as in a busy container. */
  private void allocate(int megabytesPerSecond) {
    int slice = 1 << 20;
    long pause = megabytesPerSecond == 0 ? 50_000_000 : 1_000_000_000L / megabytesPerSecond;
    long due = System.nanoTime();
    for (int i = 0; !finished; i++) {
      if (megabytesPerSecond > 0) {
        byte[] bytes = new byte[slice];
        if (live.size() < LIVE) {
          live.add(bytes);
        } else {
          live.set(i % LIVE, bytes);
        }
      }
      due += pause;
      LockSupport.parkNanos(due - System.nanoTime());
    }
  }
}
