package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A connected stream socket: a {@link Descriptor} for the bytes and the socket's own calls.
 *
 * <p>Closing it closes the descriptor. Threads: as {@link Descriptor} says.
 */
public final class StreamSocket implements AutoCloseable {
  static final int SOCK_FLAGS = 1 | 0x800 | 0x80000; // SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC

  private static final int AF_UNIX = 1;
  private static final int SO_ERROR = 4;
  private static final int SOL_SOCKET = 1;
  private static final long SIOCOUTQ = 0x5411;

  private final Descriptor descriptor;

  StreamSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes ownership of a connected socket, such as one inherited or received.
   *
   * @param fd the socket's number
   * @return the socket
   * @throws LinuxException if the number is not open; it is then still the caller's
   */
  public static StreamSocket adopt(int fd) throws LinuxException {
    return new StreamSocket(Descriptor.adopt(fd));
  }

  /**
   * Connects.
   *
   * @param peer where to
   * @param timeout bounds the attempt; {@link Duration#ZERO} for none. It does not stay set.
   * @return a connected socket
   * @throws LinuxTimeoutException if the peer does not answer in time
   * @throws LinuxException if the peer refuses or cannot be reached
   */
  public static StreamSocket connect(SocketName peer, Duration timeout) throws LinuxException {
    return connect(peer, timeout, pending -> {});
  }

  /**
   * Connects, showing the descriptor first so that another thread can abort the attempt.
   *
   * @param peer where to
   * @param timeout bounds the attempt; {@link Duration#ZERO} for none. It does not stay set.
   * @param pending called once with the descriptor before the attempt begins
   * @return a connected socket
   * @throws LinuxAbortedException if the descriptor was aborted meanwhile
   * @throws LinuxException if the peer refuses, cannot be reached or does not answer in time
   */
  public static StreamSocket connect(
      SocketName peer, Duration timeout, Consumer<Descriptor> pending) throws LinuxException {
    StreamSocket socket = new StreamSocket(open(peer.family()));
    try {
      pending.accept(socket.descriptor);
      socket.descriptor.timeout(timeout);
      socket.connect(peer);
      socket.descriptor.timeout(Duration.ZERO);
      return socket;
    } catch (LinuxException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Makes two sockets connected with each other.
   *
   * @return both ends
   * @throws LinuxException if the process is out of descriptors
   */
  public static Pair pair() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(8, 4);
      LinuxException.check("socketpair", SocketCalls.socketpair(AF_UNIX, SOCK_FLAGS, 0, numbers));
      Descriptor first = Descriptor.adoptOrClose(numbers.get(Calls.INT, 0));
      Descriptor second = Descriptor.adoptOrClose(numbers.get(Calls.INT, 4));
      return new Pair(new StreamSocket(first), new StreamSocket(second));
    }
  }

  static Descriptor open(int family) throws LinuxException {
    long fd = SocketCalls.socket(family, SOCK_FLAGS, 0);
    return Descriptor.adoptOrClose((int) LinuxException.check("socket", fd));
  }

  /**
   * The stream itself: reading, writing, timeouts, aborting.
   *
   * @return the descriptor, owned by this socket
   */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Sets an option.
   *
   * @param option which
   * @param value its value
   * @throws LinuxException if the socket has no such option
   */
  public void option(SocketOption option, int value) throws LinuxException {
    setOption(descriptor, option, value);
  }

  /**
   * Reads an option.
   *
   * @param option which
   * @return its value
   * @throws LinuxException if the socket has no such option
   */
  public int option(SocketOption option) throws LinuxException {
    return getOption(descriptor, option.level, option.number);
  }

  /**
   * Bytes written but not yet acknowledged by the peer's kernel (TCP) or not yet read (UNIX).
   *
   * @return the bytes in the send queue
   * @throws LinuxException if the socket cannot tell
   */
  public int unsent() throws LinuxException {
    String operation = "ioctl SIOCOUTQ";
    descriptor.enter(operation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Calls.INT);
      long n = FileCalls.ioctl(descriptor.number(), SIOCOUTQ, value);
      LinuxException.check(operation, n);
      return value.get(Calls.INT, 0);
    } finally {
      descriptor.leave();
    }
  }

  /**
   * The TCP address of this end.
   *
   * @return address and port
   * @throws LinuxException if the descriptor is closed
   */
  public SocketName.Inet localName() throws LinuxException {
    return ListeningSocket.localName(descriptor);
  }

  /**
   * The TCP address of the other end.
   *
   * @return address and port
   * @throws LinuxException if the descriptor is closed or the connection is gone
   */
  public SocketName.Inet remoteName() throws LinuxException {
    return ListeningSocket.remoteName(descriptor);
  }

  @Override
  public void close() {
    descriptor.close();
  }

  private void connect(SocketName peer) throws LinuxException {
    String operation = "connect " + peer;
    long deadline = descriptor.enter(operation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = peer.encode(arena);
      int length = (int) name.byteSize();
      long n = SocketCalls.connect(descriptor.number(), name, length);
      while (n
          == -Errno.EAGAIN) { // a UNIX listener whose backlog is full; the kernel gives no event
        deadline = descriptor.waitBriefly(operation, deadline);
        n = SocketCalls.connect(descriptor.number(), name, length);
      }
      if (n == -Errno.EINPROGRESS || n == -Errno.EINTR) {
        descriptor.waitFor(operation, Poll.OUT, deadline);
        n = -getOption(descriptor, SOL_SOCKET, SO_ERROR);
      }
      LinuxException.check(operation, n);
    } finally {
      descriptor.leave();
    }
  }

  static void setOption(Descriptor socket, SocketOption option, int value) throws LinuxException {
    String operation = "setsockopt " + option + " " + value;
    socket.enter(operation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocateFrom(Calls.INT, value);
      int fd = socket.number();
      long n = SocketCalls.setsockopt(fd, option.level, option.number, at, Integer.BYTES);
      LinuxException.check(operation, n);
    } finally {
      socket.leave();
    }
  }

  private static int getOption(Descriptor socket, int level, int number) throws LinuxException {
    String operation = "getsockopt " + level + "/" + number;
    socket.enter(operation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Calls.INT);
      MemorySegment length = arena.allocateFrom(Calls.INT, Integer.BYTES);
      long n = SocketCalls.getsockopt(socket.number(), level, number, value, length);
      LinuxException.check(operation, n);
      return value.get(Calls.INT, 0);
    } finally {
      socket.leave();
    }
  }

  /**
   * Two connected sockets.
   *
   * @param first one end
   * @param second the other
   */
  public record Pair(StreamSocket first, StreamSocket second) {}
}
