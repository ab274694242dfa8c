package org.godwit.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Where a stream socket listens or connects to: numeric only, names are resolved by callers. */
public sealed interface SocketName {
  /** The family's number in {@code struct sockaddr}. */
  int family();

  /** Writes {@code struct sockaddr_*} into fresh memory of exactly its length. */
  MemorySegment encode(Arena arena);

  /**
   * An address of TCP.
   *
   * @param address 4 or 16 bytes are taken from it; a scope is kept for link-local addresses
   * @param port 0 to 65535; 0 lets the kernel choose when listening
   */
  record Inet(InetAddress address, int port) implements SocketName {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int INET_LENGTH = 16;
    private static final int INET6_LENGTH = 28;
    private static final ValueLayout.OfShort PORT =
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    /** Checks the port's range. */
    public Inet {
      if (port < 0 || port > 0xffff) {
        throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
      }
    }

    @Override
    public int family() {
      return address.getAddress().length == 4 ? AF_INET : AF_INET6;
    }

    @Override
    public MemorySegment encode(Arena arena) {
      byte[] bytes = address.getAddress();
      boolean four = bytes.length == 4;
      MemorySegment name = arena.allocate(four ? INET_LENGTH : INET6_LENGTH, 8);
      name.set(ValueLayout.JAVA_SHORT, 0, (short) family());
      name.set(PORT, 2, (short) port);
      MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, four ? 4 : 8, bytes.length);
      if (address instanceof java.net.Inet6Address six) {
        name.set(ValueLayout.JAVA_INT, 24, six.getScopeId());
      }
      return name;
    }

    /** Reads back what {@code getsockname} wrote. */
    static Inet decode(MemorySegment name) {
      boolean four = name.get(ValueLayout.JAVA_SHORT, 0) == AF_INET;
      byte[] bytes = name.asSlice(four ? 4 : 8, four ? 4 : 16).toArray(ValueLayout.JAVA_BYTE);
      try {
        return new Inet(InetAddress.getByAddress(bytes), name.get(PORT, 2) & 0xffff);
      } catch (UnknownHostException e) {
        throw new IllegalStateException("4 and 16 bytes are legal lengths", e);
      }
    }

    @Override
    public String toString() {
      String host = address.getHostAddress();
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * A path in the file system.
   *
   * @param path at most 107 bytes in UTF-8
   */
  record Local(String path) implements SocketName {
    /** {@code sizeof(struct sockaddr_un)}: family and 108 bytes, the last one 0. */
    private static final int LENGTH = 110;

    private static final int AF_UNIX = 1;

    /** Checks the path's length, which the kernel would cut silently. */
    public Local {
      int bytes = path.getBytes(StandardCharsets.UTF_8).length;
      if (bytes == 0 || bytes > LENGTH - 3 || path.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "socket path of " + bytes + " bytes; allowed are 1 to 107 without NUL: " + path);
      }
    }

    @Override
    public int family() {
      return AF_UNIX;
    }

    @Override
    public MemorySegment encode(Arena arena) {
      MemorySegment name = arena.allocate(LENGTH, 2);
      name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      name.setString(2, path);
      return name;
    }

    @Override
    public String toString() {
      return path;
    }
  }
}
