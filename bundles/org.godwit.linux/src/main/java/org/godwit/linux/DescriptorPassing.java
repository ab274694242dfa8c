package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/**
 * Descriptors sent through UNIX sockets ({@code SCM_RIGHTS}) along with bytes.
 *
 * <p>Layouts: {@code struct msghdr} is name, name length (padded), iovecs, their count, control,
 * its length, flags: 56 bytes. {@code struct cmsghdr} is length (8), level (4), type (4), then the
 * descriptor's number (4). On the way in there is room for exactly one number, not for the padding
 * behind it: the kernel would install a second descriptor there, and nobody would close it.
 */
public final class DescriptorPassing {
  private static final int MSGHDR = 56;
  private static final int CONTROL_HEADER = 16;
  private static final int CONTROL_LENGTH = CONTROL_HEADER + Integer.BYTES;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int MSG_CTRUNC = 8;

  private DescriptorPassing() {}

  /**
   * Sends a copy of a descriptor with one byte; the sender keeps its own.
   *
   * @param socket a UNIX socket
   * @param fd the number to send
   * @param marker the byte that carries it
   * @throws LinuxException if sending fails
   */
  public static void send(StreamSocket socket, int fd, byte marker) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      send(socket, fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, marker));
    }
  }

  /**
   * Sends a copy of a descriptor with the first byte of a text, and the text.
   *
   * @param socket a UNIX socket
   * @param fd the number to send
   * @param body native memory, not empty
   * @throws LinuxException if sending fails
   */
  public static void send(StreamSocket socket, int fd, MemorySegment body) throws LinuxException {
    Descriptor descriptor = socket.descriptor();
    long deadline = descriptor.enter("sendmsg");
    long n = -Errno.EINTR;
    try (Arena arena = Arena.ofConfined()) {
      Message message = Message.allocate(arena, body);
      message.control.set(Calls.LONG, 0, (long) CONTROL_LENGTH);
      message.control.set(Calls.INT, 8, SOL_SOCKET);
      message.control.set(Calls.INT, 12, SCM_RIGHTS);
      message.control.set(Calls.INT, CONTROL_HEADER, fd);
      while (n < 0) {
        n = SocketCalls.sendmsg(descriptor.number(), message.header, MSG_NOSIGNAL);
        if (n < 0) {
          deadline = descriptor.waitAfter("sendmsg", n, Poll.OUT, deadline);
        }
      }
    } finally {
      descriptor.leave();
    }
    descriptor.write(body, n, body.byteSize() - n);
  }

  /**
   * Receives one byte and the descriptor that may come with it.
   *
   * @param socket a UNIX socket
   * @return the new number, which the caller owns; empty at the end of the stream or if the byte
   *     carried none
   * @throws LinuxException if receiving fails
   */
  public static OptionalInt receive(StreamSocket socket) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return receive(socket, arena.allocate(1)).descriptor();
    }
  }

  /**
   * Receives what is there, waiting for the first byte, and the descriptor that may come with it.
   *
   * @param socket a UNIX socket
   * @param into native memory for the bytes
   * @return how many bytes, 0 at the end of the stream, and the new number, which the caller owns
   * @throws LinuxException if receiving fails
   */
  public static Received receive(StreamSocket socket, MemorySegment into) throws LinuxException {
    Descriptor descriptor = socket.descriptor();
    long deadline = descriptor.enter("recvmsg");
    try (Arena arena = Arena.ofConfined()) {
      Message message = Message.allocate(arena, into);
      long n = -Errno.EINTR;
      while (n < 0) {
        n = SocketCalls.recvmsg(descriptor.number(), message.header, MSG_CMSG_CLOEXEC);
        if (n < 0) {
          deadline = descriptor.waitAfter("recvmsg", n, Poll.IN, deadline);
        }
      }
      boolean carried = n > 0 && message.header.get(Calls.LONG, 40) >= CONTROL_LENGTH;
      int fd = message.control.get(Calls.INT, CONTROL_HEADER);
      boolean refused = (message.header.get(Calls.INT, 48) & MSG_CTRUNC) != 0;
      return new Received(n, carried ? OptionalInt.of(fd) : OptionalInt.empty(), refused);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * Closes a descriptor that came and is not wanted.
   *
   * @param fd a number from {@link Received#descriptor()}
   */
  public static void discard(int fd) {
    FileCalls.close(fd);
  }

  /**
   * What one message brought.
   *
   * @param bytes how many, 0 at the end of the stream
   * @param descriptor the number that came along
   * @param refused whether descriptors came that the kernel dropped: there was more than one, or
   *     this process may open no more
   */
  public record Received(long bytes, OptionalInt descriptor, boolean refused) {}

  private record Message(MemorySegment header, MemorySegment control) {
    static Message allocate(Arena arena, MemorySegment body) {
      MemorySegment iovec = arena.allocate(16, 8);
      iovec.set(Calls.POINTER, 0, body);
      iovec.set(Calls.LONG, 8, body.byteSize());
      MemorySegment control = arena.allocate(CONTROL_LENGTH, 8);
      MemorySegment header = arena.allocate(MSGHDR, 8);
      header.set(Calls.POINTER, 16, iovec);
      header.set(Calls.LONG, 24, 1);
      header.set(Calls.POINTER, 32, control);
      header.set(Calls.LONG, 40, (long) CONTROL_LENGTH);
      return new Message(header, control);
    }
  }
}
