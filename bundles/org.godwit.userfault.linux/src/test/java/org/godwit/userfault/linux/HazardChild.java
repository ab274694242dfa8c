package org.godwit.userfault.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.PostcopyMemory;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultRegion.Resolution;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.linux.RawMemory;
import org.godwit.machine.mapped.Backing;
import org.godwit.machine.mapped.MappedBlock;

/**
 * A process that would hang for good if a thread in Java state ever waited for a page: while every
 * fault is outstanding it forces a collection, a handshake or a walk over all stacks, and only then
 * places the page. Who started it kills it when it does not end.
 *
 * <p>Arguments: {@code guest}, {@code block} or {@code careless}, and how many faults.
 */
final class HazardChild {
  private static final long PAGE = 4096;

  /** What the parent waits for. */
  static final String DONE = "hazard survived";

  /** Said before the one step that hangs a careless process. */
  static final String BEFORE = "hazard begins";

  private final int pages;
  private final BlockingQueue<Long> faults = new LinkedBlockingQueue<>();
  private final AtomicLong wrong = new AtomicLong();
  private volatile Object garbage = "";

  private HazardChild(int pages) {
    this.pages = pages;
  }

  public static void main(String[] arguments) throws Exception {
    HazardChild child = new HazardChild(Integer.parseInt(arguments[1]));
    LinuxUserfault backend = new LinuxUserfault();
    try (MappedBlock block = MappedBlock.allocate("ram", child.pages * PAGE, Backing.MEMFD);
        UserfaultSession session = backend.open("hazard")) {
      PostcopyMemory postcopy = block.postcopy().orElseThrow();
      postcopy.prepare();
      UserfaultRegion region =
          session.add(postcopy.memory(), (offset, _, _) -> child.faults.add(offset));
      region.discard(0, block.length());
      switch (arguments[0]) {
        case "guest" -> child.touchInNativeCode(region);
        case "block" -> child.touchThroughTheBlock(block, region);
        case "careless" -> child.touchInJava(block, region);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
    if (child.wrong.get() != 0) {
      throw new IllegalStateException(child.wrong + " bytes are wrong");
    }
    System.out.println(DONE);
  }

  /** Two guest threads run into the same pages from both ends. */
  private void touchInNativeCode(UserfaultRegion region) throws Exception {
    region.trap();
    long address = ((GuestMemory.Native) region.memory()).address();
    List<Thread> guests = new ArrayList<>();
    for (boolean upward : new boolean[] {true, false}) {
      guests.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < pages; i++) {
                      long offset = (upward ? i : pages - 1 - i) * PAGE;
                      check(offset, RawMemory.read(address + offset));
                    }
                  }));
    }
    serve(region, guests);
  }

  /** A Java thread uses the block as device emulation does; the region's gate makes it wait. */
  private void touchThroughTheBlock(MappedBlock block, UserfaultRegion region) throws Exception {
    block.postcopy().orElseThrow().guard(region.gate().orElseThrow());
    region.trap();
    Thread device = Thread.ofPlatform().start(() -> readAndWrite(block));
    serve(region, List.of(device));
  }

  private void readAndWrite(MappedBlock block) {
    MemorySegment content = MemorySegment.ofArray(new byte[1]);
    try {
      for (int i = 0; i < pages; i++) {
        long offset = i * PAGE;
        if (block.mapping().isPresent()) {
          wrong.incrementAndGet();
        }
        switch (i % 3) {
          case 0 -> block.write(offset + 1, content, 0, 1);
          case 1 -> block.zero(offset + 1, 1);
          default -> {}
        }
        block.read(offset, content, 0, 1);
        check(offset, content.get(ValueLayout.JAVA_BYTE, 0));
      }
    } catch (MachineException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What must never be done. */
  private void touchInJava(MappedBlock block, UserfaultRegion region) throws Exception {
    region.trap();
    MemorySegment memory = block.mapping().orElseThrow();
    Thread careless =
        Thread.ofPlatform().start(() -> check(0, memory.get(ValueLayout.JAVA_BYTE, 0)));
    System.out.println(BEFORE);
    serve(region, List.of(careless));
  }

  private void check(long offset, byte found) {
    if (found != mark(offset)) {
      wrong.incrementAndGet();
    }
  }

  private static byte mark(long offset) {
    return (byte) (offset / PAGE % 251 + 1);
  }

  private void serve(UserfaultRegion region, List<Thread> guests) throws Exception {
    long outstanding = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(PAGE, PAGE);
      long present = 0;
      while (present < pages && guests.stream().anyMatch(Thread::isAlive)) {
        long offset = faults.take();
        disturb(outstanding++);
        page.set(ValueLayout.JAVA_BYTE, 0, mark(offset));
        present += region.install(offset, page, 0, PAGE) == Resolution.INSTALLED ? 1 : 0;
      }
    }
    for (Thread guest : guests) {
      guest.join();
    }
    long collections =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(bean -> bean.getCollectionCount())
            .sum();
    if (collections < outstanding / 4) {
      throw new IllegalStateException(collections + " collections for " + outstanding + " faults");
    }
    System.out.println(outstanding + " faults, " + collections + " collections");
  }

  /** Brings all threads to a stop while a fault is outstanding. */
  private void disturb(long turn) {
    switch ((int) (turn % 4)) {
      case 0, 1 -> System.gc();
      case 2 -> Arena.ofShared().close();
      default ->
          garbage = List.of(Thread.getAllStackTraces(), new byte[1 << 20], garbage.hashCode());
    }
  }
}
