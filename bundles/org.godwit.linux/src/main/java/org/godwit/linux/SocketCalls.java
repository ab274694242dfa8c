package org.godwit.linux;

import static org.godwit.linux.Calls.INT;
import static org.godwit.linux.Calls.LONG;
import static org.godwit.linux.Calls.POINTER;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Facades over calls on sockets; results follow {@link Calls}. */
final class SocketCalls {
  private static final MethodHandle SOCKET = Calls.bind("socket", INT, INT, INT, INT);
  private static final MethodHandle SOCKETPAIR =
      Calls.bind("socketpair", INT, INT, INT, INT, POINTER);
  private static final MethodHandle BIND = Calls.bind("bind", INT, INT, POINTER, INT);
  private static final MethodHandle LISTEN = Calls.bind("listen", INT, INT, INT);
  private static final MethodHandle ACCEPT4 =
      Calls.bind("accept4", INT, INT, POINTER, POINTER, INT);
  private static final MethodHandle CONNECT = Calls.bind("connect", INT, INT, POINTER, INT);
  private static final MethodHandle SHUTDOWN = Calls.bind("shutdown", INT, INT, INT);
  private static final MethodHandle SETSOCKOPT =
      Calls.bind("setsockopt", INT, INT, INT, INT, POINTER, INT);
  private static final MethodHandle GETSOCKOPT =
      Calls.bind("getsockopt", INT, INT, INT, INT, POINTER, POINTER);
  private static final MethodHandle GETSOCKNAME =
      Calls.bind("getsockname", INT, INT, POINTER, POINTER);
  private static final MethodHandle GETPEERNAME =
      Calls.bind("getpeername", INT, INT, POINTER, POINTER);
  private static final MethodHandle SENDMSG = Calls.bind("sendmsg", LONG, INT, POINTER, INT);
  private static final MethodHandle RECVMSG = Calls.bind("recvmsg", LONG, INT, POINTER, INT);

  private SocketCalls() {}

  static int socket(int family, int type, int protocol) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) SOCKET.invokeExact(errno, family, type, protocol), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int socketpair(int family, int type, int protocol, MemorySegment pair) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) SOCKETPAIR.invokeExact(errno, family, type, protocol, pair), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int bind(int fd, MemorySegment name, int length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) BIND.invokeExact(errno, fd, name, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int listen(int fd, int backlog) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) LISTEN.invokeExact(errno, fd, backlog), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int accept4(int fd, MemorySegment name, MemorySegment length, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) ACCEPT4.invokeExact(errno, fd, name, length, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int connect(int fd, MemorySegment name, int length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) CONNECT.invokeExact(errno, fd, name, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int shutdown(int fd, int how) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) SHUTDOWN.invokeExact(errno, fd, how), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int setsockopt(int fd, int level, int option, MemorySegment value, int length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result(
          (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result(
          (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int getsockname(int fd, MemorySegment name, MemorySegment length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) GETSOCKNAME.invokeExact(errno, fd, name, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static int getpeername(int fd, MemorySegment name, MemorySegment length) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((int) GETPEERNAME.invokeExact(errno, fd, name, length), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long sendmsg(int fd, MemorySegment message, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) SENDMSG.invokeExact(errno, fd, message, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }

  static long recvmsg(int fd, MemorySegment message, int flags) {
    try {
      MemorySegment errno = Calls.capture();
      return Calls.result((long) RECVMSG.invokeExact(errno, fd, message, flags), errno);
    } catch (Throwable thrown) {
      throw Calls.unexpected(thrown);
    }
  }
}
