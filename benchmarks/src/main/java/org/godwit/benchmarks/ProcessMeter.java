package org.godwit.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads processor time and memory of a process from procfs. */
final class ProcessMeter {
  private static final double TICKS_PER_SECOND = 100;
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;

  private final Path directory;

  ProcessMeter(long pid) {
    directory = Path.of("/proc", Long.toString(pid));
  }

  /** User and system time of all threads so far, in seconds. */
  double cpuSeconds() throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    // fields are counted behind the command name, which may hold blanks and brackets
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]))
        / TICKS_PER_SECOND;
  }

  /** Greatest resident set so far, in MiB; guest memory and mapped files count. */
  long peakMebibytes() throws IOException {
    return statusKibibytes("VmHWM:") / 1024;
  }

  /** Anonymous resident memory now, in MiB: heap, code and buffers, and anonymous guest memory. */
  long anonymousMebibytes() throws IOException {
    return statusKibibytes("RssAnon:") / 1024;
  }

  private long statusKibibytes(String key) throws IOException {
    List<String> lines = Files.readAllLines(directory.resolve("status"));
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
