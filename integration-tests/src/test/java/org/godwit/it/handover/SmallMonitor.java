package org.godwit.it.handover;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;

/**
 * A process that plays a virtual machine monitor such as Firecracker: maps memory, traps it, hands
 * the faults over and compares what it reads with the file that it is served from. Reads commands
 * and answers each with a line.
 */
final class SmallMonitor {
  private static final long PAGE = 4096;

  private final Mapping memory;
  private final MemorySegment file;

  private SmallMonitor(Mapping memory, MemorySegment file) {
    this.memory = memory;
    this.file = file;
  }

  public static void main(String[] arguments) throws Exception {
    try (FileChannel channel = FileChannel.open(Path.of(arguments[1]));
        Arena arena = Arena.ofShared()) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      SmallMonitor monitor = new SmallMonitor(Mapping.anonymous(channel.size()), file);
      try (FaultDescriptor uffd = monitor.handOver(arguments[0])) {
        System.out.println("handed over " + uffd.number());
        monitor.obey();
      }
    }
  }

  /** As Firecracker: its descriptor stays open here, the socket says nothing else. */
  private FaultDescriptor handOver(String socket) throws Exception {
    FaultDescriptor uffd = FaultDescriptor.openWithRemovals();
    long address = memory.segment().address();
    uffd.register(address, memory.length());
    try (StreamSocket connection =
            StreamSocket.connect(new SocketName.Local(socket), Duration.ofSeconds(10));
        Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(table(address));
      DescriptorPassing.send(connection, uffd.number(), text.asSlice(0, text.byteSize() - 1));
    }
    return uffd;
  }

  private String table(long address) {
    return "[{\"base_host_virt_addr\":%d,\"size\":%d,\"offset\":0,\"page_size\":4096}]"
        .formatted(address, memory.length());
  }

  private void obey() throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(
          switch (words[0]) {
            case "compare" -> compare(Long.parseLong(words[1]));
            case "balloon" -> balloon(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            default -> "what?";
          });
    }
  }

  /** Reads all pages, in order for seed 0 and else in a scattered one. */
  private String compare(long seed) {
    List<Integer> order = new ArrayList<>();
    for (int page = 0; page < memory.length() / PAGE; page++) {
      order.add(page);
    }
    if (seed != 0) {
      Collections.shuffle(order, new Random(seed));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(PAGE);
      long began = System.nanoTime();
      for (int page : order) {
        long at = page * PAGE;
        RawMemory.read(memory.segment().address() + at, copy, 0, PAGE);
        if (copy.mismatch(file.asSlice(at, PAGE)) >= 0) {
          return "wrong at page " + page;
        }
      }
      System.err.println(order.size() + " pages in " + (System.nanoTime() - began) / 1000 + " us");
    }
    return "equal";
  }

  /** Gives pages back and reads them: zeros, whatever the file holds. */
  private String balloon(int from, int to) throws Exception {
    long begin = memory.segment().address() + from * PAGE;
    RawMemory.discard(begin, (to - from) * PAGE, false);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(PAGE);
      for (int page = from; page < to; page++) {
        RawMemory.read(memory.segment().address() + page * PAGE, copy, 0, PAGE);
        if (copy.mismatch(arena.allocate(PAGE)) >= 0) {
          return "not zero at page " + page;
        }
      }
    }
    return "zero";
  }
}
