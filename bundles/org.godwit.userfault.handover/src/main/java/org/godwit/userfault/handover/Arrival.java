package org.godwit.userfault.handover;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
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

  /**
   * Receives; ended by the socket's abort.
   *
   * @param patience for all of it, however many messages it comes in
   */
  static Arrival receive(StreamSocket socket, Duration patience, long fileSize)
      throws UserfaultException {
    try (Message message = new Message(socket, System.nanoTime() + patience.toNanos())) {
      Optional<RegionTable> table = Optional.empty();
      while (table.isEmpty()) {
        table = RegionTable.parse(message.more(), message.have, fileSize);
      }
      long process = socket.option(SocketOption.PEER_PROCESS);
      if (process == 0) {
        throw new UserfaultException(
            "The process has no number here, so nobody could tell when it has ended: it runs in"
                + " another PID namespace");
      }
      return new Arrival(message.descriptor(), table.get(), process);
    } catch (LinuxException e) {
      throw new UserfaultException("No faults were handed over: " + e.getMessage(), e);
    }
  }

  /** What came so far; owns the descriptor in it until somebody takes it. */
  private static final class Message implements AutoCloseable {
    private final StreamSocket socket;
    private final long deadline;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(LIMIT);
    private OptionalInt fd = OptionalInt.empty();
    private int have;

    Message(StreamSocket socket, long deadline) {
      this.socket = socket;
      this.deadline = deadline;
    }

    /** Waits for more bytes and returns all of them. */
    byte[] more() throws UserfaultException, LinuxException {
      if (have == LIMIT) {
        throw new UserfaultException("The region table is longer than " + LIMIT + " bytes");
      }
      // Zero would stand for no bound.
      long left = Math.max(1, deadline - System.nanoTime());
      socket.descriptor().timeout(Duration.ofNanos(left));
      Received received = DescriptorPassing.receive(socket, buffer.asSlice(have));
      keep(received);
      if (received.bytes() == 0) {
        throw new UserfaultException("The connection ended after %d bytes".formatted(have));
      }
      have += (int) received.bytes();
      return buffer.asSlice(0, have).toArray(ValueLayout.JAVA_BYTE);
    }

    private void keep(Received received) throws UserfaultException {
      boolean second = fd.isPresent() && received.descriptor().isPresent();
      if (second) {
        DescriptorPassing.discard(received.descriptor().getAsInt());
      } else if (fd.isEmpty()) {
        fd = received.descriptor();
      }
      if (second || received.refused()) {
        throw new UserfaultException(
            fd.isPresent()
                ? "More than one descriptor came with the region table"
                : "The descriptor could not be taken: this process may open no more");
      }
    }

    /** Gives the descriptor away; it is closed if it is no userfaultfd. */
    FaultDescriptor descriptor() throws UserfaultException, LinuxException {
      if (fd.isEmpty()) {
        throw new UserfaultException("No descriptor came with the region table");
      }
      int number = fd.getAsInt();
      fd = OptionalInt.empty(); // whoever adopts it closes it also where that fails
      return FaultDescriptor.adopt(number);
    }

    @Override
    public void close() {
      fd.ifPresent(DescriptorPassing::discard);
      arena.close();
    }
  }
}
