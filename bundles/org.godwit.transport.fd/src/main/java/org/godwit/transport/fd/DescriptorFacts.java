package org.godwit.transport.fd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.godwit.api.transport.Transport.Role;
import org.godwit.transport.descriptor.DescriptorChannel.Flow;

/**
 * What the kernel tells about an open descriptor of this process.
 *
 * @param target what it leads to, such as {@code socket:[123]}
 * @param flags status flags, octal in {@code fdinfo}
 */
record DescriptorFacts(String target, int flags) {
  private static final int ACCESS_MODE = 3;
  private static final int READ_ONLY = 0;
  private static final int WRITE_ONLY = 1;
  private static final int CLOSE_ON_EXEC = 02000000;

  /** Looks at a number; fails if it is not open. */
  static DescriptorFacts of(int number) throws IOException {
    String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + number)).toString();
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + number))) {
      if (line.startsWith("flags:")) {
        return new DescriptorFacts(target, Integer.parseInt(line.substring(6).strip(), 8));
      }
    }
    throw new IOException("/proc/self/fdinfo/" + number + " tells no flags");
  }

  /**
   * Whether it can have come from the parent process: what this process opened itself is marked to
   * close on exec, and nothing marked so survives one.
   */
  boolean inherited() {
    return (flags & CLOSE_ON_EXEC) == 0;
  }

  /** Which way bytes can go; what can go both ways but is no socket follows the role. */
  Flow flow(Role role) {
    if (target.startsWith("socket:")) {
      return Flow.BOTH;
    }
    return switch (flags & ACCESS_MODE) {
      case READ_ONLY -> Flow.INPUT;
      case WRITE_ONLY -> Flow.OUTPUT;
      default -> role == Role.SOURCE ? Flow.OUTPUT : Flow.INPUT;
    };
  }
}
