package org.godwit.transport.unix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.SocketName;

/** Socket files that outlived their process. */
final class SocketFiles {
  private static final Path BOUND_SOCKETS = Path.of("/proc/net/unix");

  private SocketFiles() {}

  /**
   * Removes the file of a socket that nobody listens on; a live listener, or a file that is no
   * socket, stays and makes the following bind fail. The kernel's table is asked first: finding out
   * by connecting would hand a live listener a connection that is no migration.
   */
  static void removeIfAbandoned(SocketName.Local name) throws LinuxException {
    if (Files.exists(Path.of(name.path())) && !isBound(name.path())) {
      ListeningSocket.removeStale(name);
    }
  }

  private static boolean isBound(String path) {
    try (Stream<String> sockets = Files.lines(BOUND_SOCKETS)) {
      return sockets.anyMatch(line -> line.endsWith(" " + path));
    } catch (IOException unreadable) {
      return false; // then connecting has to tell
    }
  }
}
