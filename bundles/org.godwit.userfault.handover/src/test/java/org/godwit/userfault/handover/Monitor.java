package org.godwit.userfault.handover;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.godwit.tck.SeededBytes;

/**
 * A process that plays the monitor: two regions of guest memory in the reverse order of the file,
 * whose faults it hands over. Reads commands and answers each with a line; touches guest memory in
 * native code only.
 */
final class Monitor {
  static final int PAGES = 512;
  static final long PAGE = 4096;

  private final Mapping low;
  private final Mapping high;
  private final BitSet removed = new BitSet();

  private Monitor(Mapping low, Mapping high) {
    this.low = low;
    this.high = high;
  }

  /** Pages that are holes in the file. */
  static boolean isHole(int page) {
    return page % 8 >= 6;
  }

  public static void main(String[] arguments) throws Exception {
    Monitor monitor =
        new Monitor(Mapping.anonymous(PAGES / 2 * PAGE), Mapping.anonymous(PAGES / 2 * PAGE));
    FaultDescriptor uffd;
    try (StreamSocket socket =
        StreamSocket.connect(new SocketName.Local(arguments[0]), Duration.ofSeconds(10))) {
      uffd = HandedOver.send(socket, monitor.regions());
    }
    System.out.println("handed over");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals("drop")) {
        uffd.close();
      }
      System.out.println(line + " " + monitor.execute(line.split(" ")));
    }
  }

  private List<HandedOver.Region> regions() {
    long half = low.length();
    return List.of(
        new HandedOver.Region(high.segment().address(), half, half, PAGE),
        new HandedOver.Region(low.segment().address(), half, 0, PAGE));
  }

  private String execute(String[] words) throws Exception {
    return switch (words[0]) {
      case "touch" -> touch(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      case "storm" -> storm();
      case "remove" -> remove(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      case "churn" -> churn();
      default -> "ok";
    };
  }

  private long address(int page) {
    Mapping mapping = page < PAGES / 2 ? low : high;
    return mapping.segment().address() + page % (PAGES / 2) * PAGE;
  }

  private String touch(int from, int to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(PAGE);
      for (int page = from; page < to; page++) {
        RawMemory.read(address(page), copy, 0, PAGE);
        if (!right(page, copy)) {
          return "wrong at page " + page;
        }
      }
      return "ok";
    }
  }

  private boolean right(int page, MemorySegment copy) {
    boolean zero;
    synchronized (removed) {
      zero = removed.get(page) || isHole(page);
    }
    for (long at = 0; at < PAGE; at++) {
      byte expected = zero ? 0 : new SeededBytes(page).at(at);
      if (copy.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) != expected) {
        return false;
      }
    }
    return true;
  }

  /** Eight threads touch everything, each in an order of its own. */
  private String storm() throws InterruptedException {
    AtomicInteger wrong = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int seed = 0; seed < 8; seed++) {
      List<Integer> order = new ArrayList<>();
      for (int page = 0; page < PAGES; page++) {
        order.add(page);
      }
      Collections.shuffle(order, new Random(seed));
      threads.add(
          Thread.ofPlatform()
              .start(
                  () ->
                      order.forEach(
                          page -> wrong.addAndGet(touch(page, page + 1).equals("ok") ? 0 : 1))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return wrong.get() == 0 ? "ok" : wrong + " wrong";
  }

  /** What a balloon does: returns when the handler has read the event. */
  private String remove(int from, int to) throws Exception {
    synchronized (removed) {
      removed.set(from, to);
    }
    for (int page = from; page < to; page++) {
      RawMemory.discard(address(page), PAGE, false);
    }
    return "ok";
  }

  /** One thread gives pages back while another touches others of the same region. */
  private String churn() throws Exception {
    AtomicInteger wrong = new AtomicInteger();
    Thread guest =
        Thread.ofPlatform()
            .start(() -> wrong.addAndGet(touch(PAGES / 4, PAGES / 2).equals("ok") ? 0 : 1));
    for (int page = 0; page < PAGES / 4; page++) {
      remove(page, page + 1);
      wrong.addAndGet(touch(page, page + 1).equals("ok") ? 0 : 1);
    }
    guest.join();
    return wrong.get() == 0 ? "ok" : wrong + " wrong";
  }
}
