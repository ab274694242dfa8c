package org.godwit.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * A listening stream socket, TCP or UNIX.
 *
 * <p>Threads: any number may accept; {@link #close()} from any thread ends them. Bound the wait
 * with {@code descriptor().timeout(...)}.
 */
public final class ListeningSocket implements AutoCloseable {
  private static final int NAME_BYTES = 128;
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;
  private static final long NO_FILE = -1;

  private final Descriptor descriptor;
  private final SocketName name;

  /** Which file was made at a UNIX path; another one there later is somebody else's. */
  private final long inode;

  private ListeningSocket(Descriptor descriptor, SocketName name) {
    this.descriptor = descriptor;
    this.name = name;
    this.inode = name instanceof SocketName.Local local ? inode(local) : NO_FILE;
  }

  /**
   * Binds and listens. A TCP port may be taken again at once after an earlier listener. A UNIX path
   * must not exist: see {@link #removeStale(SocketName.Local)}.
   *
   * @param name where to; port 0 lets the kernel choose
   * @param backlog connections the kernel completes ahead of {@link #accept()}
   * @return the listener
   * @throws LinuxException if the address is in use ({@link Errno#EADDRINUSE}) or not ours
   */
  public static ListeningSocket listen(SocketName name, int backlog) throws LinuxException {
    Descriptor socket = StreamSocket.open(name.family());
    try {
      if (name instanceof SocketName.Inet) {
        StreamSocket.setOption(socket, SocketOption.REUSE_ADDRESS, 1);
      }
      bind(socket, name);
      int fd = socket.number();
      LinuxException.check("listen " + name, SocketCalls.listen(fd, backlog));
      return new ListeningSocket(
          socket, name instanceof SocketName.Inet ? localName(socket) : name);
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Removes a socket file that nobody listens on any more; a live listener or another kind of file
   * stays.
   *
   * @param name the path
   * @return whether a stale socket was removed
   * @throws LinuxException if the file cannot be removed
   */
  public static boolean removeStale(SocketName.Local name) throws LinuxException {
    if (Files.notExists(Path.of(name.path()))) {
      return false;
    }
    try (StreamSocket live = StreamSocket.connect(name, java.time.Duration.ofSeconds(1))) {
      return live.descriptor().aborted();
    } catch (LinuxTimeoutException busy) {
      return false;
    } catch (LinuxException refused) {
      // Connecting to a path that is no socket gives ECONNREFUSED too.
      boolean socket = isSocket(Path.of(name.path()));
      return refused.errno() == Errno.ECONNREFUSED && socket && unlink(name.path());
    }
  }

  /**
   * Waits for a connection.
   *
   * @return the connected socket
   * @throws LinuxTimeoutException if none arrives within the descriptor's timeout
   * @throws LinuxException if the listener is closed, aborted, or the process is out of descriptors
   */
  public StreamSocket accept() throws LinuxException {
    String operation = "accept on " + name;
    long deadline = descriptor.enter(operation);
    try {
      while (true) {
        long fd =
            SocketCalls.accept4(
                descriptor.number(),
                MemorySegment.NULL,
                MemorySegment.NULL,
                StreamSocket.SOCK_FLAGS & ~1);
        if (fd >= 0) {
          return new StreamSocket(Descriptor.adoptOrClose((int) fd));
        }
        deadline = descriptor.waitAfter(operation, fd, Poll.IN, deadline);
      }
    } finally {
      descriptor.leave();
    }
  }

  /**
   * What this socket is bound to, with the port that the kernel chose.
   *
   * @return the bound name
   */
  public SocketName name() {
    return name;
  }

  /**
   * The descriptor, for its timeout and to abort.
   *
   * @return the descriptor, owned by this socket
   */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** Stops listening; connections accepted before stay. Its own UNIX path is removed. */
  @Override
  public void close() {
    boolean first = !descriptor.aborted();
    descriptor.close();
    if (first && name instanceof SocketName.Local local && owns(local)) {
      unlinkQuietly(local.path());
    }
  }

  static SocketName.Inet localName(Descriptor socket) throws LinuxException {
    socket.enter("getsockname");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocate(NAME_BYTES, 8);
      MemorySegment length = arena.allocateFrom(Calls.INT, NAME_BYTES);
      long n = SocketCalls.getsockname(socket.number(), at, length);
      LinuxException.check("getsockname", n);
      return SocketName.Inet.decode(at);
    } finally {
      socket.leave();
    }
  }

  static SocketName.Inet remoteName(Descriptor socket) throws LinuxException {
    socket.enter("getpeername");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocate(NAME_BYTES, 8);
      MemorySegment length = arena.allocateFrom(Calls.INT, NAME_BYTES);
      long n = SocketCalls.getpeername(socket.number(), at, length);
      LinuxException.check("getpeername", n);
      return SocketName.Inet.decode(at);
    } finally {
      socket.leave();
    }
  }

  private static void bind(Descriptor socket, SocketName name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = name.encode(arena);
      long n = SocketCalls.bind(socket.number(), at, (int) at.byteSize());
      LinuxException.check("bind " + name, n);
    }
  }

  private static boolean unlink(String path) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      LinuxException.check("unlink " + path, FileCalls.unlink(arena.allocateFrom(path)));
      return true;
    }
  }

  /** The path may be gone already; a listener that is closing has nobody to tell. */
  private static void unlinkQuietly(String path) {
    try (Arena arena = Arena.ofConfined()) {
      FileCalls.unlink(arena.allocateFrom(path));
    }
  }

  private boolean owns(SocketName.Local local) {
    return inode != NO_FILE && inode == inode(local);
  }

  private static long inode(SocketName.Local local) {
    try {
      Path path = Path.of(local.path());
      return (long) Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException gone) {
      return NO_FILE;
    }
  }

  private static boolean isSocket(Path path) {
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode & S_IFMT) == S_IFSOCK;
    } catch (IOException gone) {
      return false;
    }
  }
}
