package org.godwit.transport.descriptor;

import org.godwit.linux.LinuxException;
import org.godwit.linux.SocketOption;
import org.godwit.linux.StreamSocket;

/**
 * The queues of a TCP connection. Left alone they grow to what the host allows, often 32 MiB: a
 * receiver that is slower than its link then finds each page that it asks for behind all of that.
 *
 * <p>The receive queue is bounded by what a link of 10 Gbit/s carries in one round trip, so that
 * the link can still be kept busy; the send queue by what a sending thread needs to be woken in
 * time. Stateless.
 */
final class TcpQueues {
  private static final long BYTES_PER_MICROSECOND = 1250; // 10 Gbit/s
  static final int LEAST = 128 * 1024;
  private static final int MOST = 16 * 1024 * 1024;
  private static final int UNSENT = 128 * 1024;

  private TcpQueues() {}

  static void shorten(StreamSocket socket) throws LinuxException {
    socket.option(SocketOption.UNSENT_LIMIT, UNSENT);
    socket.option(SocketOption.RECEIVE_BUFFER, receive(socket.shortestRoundTrip()));
  }

  /** Bytes to ask for; the kernel doubles them for its own bookkeeping. */
  static int receive(long roundTripMicros) {
    return Math.clamp(roundTripMicros * BYTES_PER_MICROSECOND, LEAST, MOST);
  }
}
