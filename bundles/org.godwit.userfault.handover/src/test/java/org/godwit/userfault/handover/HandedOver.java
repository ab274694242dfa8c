package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.util.List;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.StreamSocket;

/** What a monitor does with its memory before its guest runs. */
final class HandedOver {
  private HandedOver() {}

  /** One region as the table tells it. */
  record Region(long address, long size, long offset, long pageSize) {
    String json() {
      return "{\"base_host_virt_addr\":%d,\"size\":%d,\"offset\":%d,\"page_size\":%d}"
          .formatted(address, size, offset, pageSize);
    }
  }

  static String table(List<Region> regions) {
    return "[" + String.join(",", regions.stream().map(Region::json).toList()) + "]";
  }

  /** Traps the regions and sends the descriptor with the table. */
  static FaultDescriptor send(StreamSocket socket, List<Region> regions) throws LinuxException {
    FaultDescriptor uffd = FaultDescriptor.openWithRemovals();
    for (Region region : regions) {
      uffd.register(region.address(), region.size());
    }
    send(socket, uffd.number(), table(regions));
    return uffd;
  }

  static void send(StreamSocket socket, int fd, String text) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      DescriptorPassing.send(socket, fd, arena.allocateFrom(text).asSlice(0, text.length()));
    }
  }
}
