package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalInt;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.DescriptorPassing.Received;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.SocketOption;
import org.godwit.linux.StreamSocket;

/**
 * What a process sends when it hands its faults over.
 *
 * @param uffd its userfaultfd, owned by the receiver
 * @param table its regions
 * @param process its number
 */
record Arrival(FaultDescriptor uffd, RegionTable table, long process) {
  /** Bytes of the largest table; one region takes about 130. */
  private static final int LIMIT = 64 << 10;

  /** Receives; bounded by the socket's timeout, and ended by its abort. */
  static Arrival receive(StreamSocket socket, long fileSize) throws UserfaultException {
    OptionalInt fd = OptionalInt.empty();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LIMIT);
      Optional<RegionTable> table = Optional.empty();
      int have = 0;
      while (table.isEmpty()) {
        if (have == LIMIT) {
          throw new UserfaultException("The region table is longer than " + LIMIT + " bytes");
        }
        Received received = DescriptorPassing.receive(socket, buffer.asSlice(have));
        fd = keepOne(fd, received.descriptor());
        if (received.bytes() == 0) {
          throw new UserfaultException("The connection ended after %d bytes".formatted(have));
        }
        have += (int) received.bytes();
        byte[] text = buffer.asSlice(0, have).toArray(ValueLayout.JAVA_BYTE);
        table = RegionTable.parse(text, have, fileSize);
      }
      if (fd.isEmpty()) {
        throw new UserfaultException("No descriptor came with the region table");
      }
      long process = socket.option(SocketOption.PEER_PROCESS);
      Arrival arrival = new Arrival(FaultDescriptor.adopt(fd.getAsInt()), table.get(), process);
      fd = OptionalInt.empty();
      return arrival;
    } catch (LinuxException e) {
      throw new UserfaultException("No faults were handed over: " + e.getMessage(), e);
    } finally {
      fd.ifPresent(DescriptorPassing::discard);
    }
  }

  private static OptionalInt keepOne(OptionalInt first, OptionalInt next)
      throws UserfaultException {
    if (first.isPresent() && next.isPresent()) {
      DescriptorPassing.discard(next.getAsInt());
      throw new UserfaultException("More than one descriptor came with the region table");
    }
    return first.isPresent() ? first : next;
  }
}
