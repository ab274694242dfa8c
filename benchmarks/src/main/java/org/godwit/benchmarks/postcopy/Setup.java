package org.godwit.benchmarks.postcopy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What to measure.
 *
 * @param qemu program
 * @param scratch directory for images
 * @param parts names of parts
 * @param rounds of each part
 * @param memory bytes of the guest whose faults are measured
 * @param total bytes of the guest whose whole migration is measured
 * @param images bytes of the guests that are restored
 * @param touches pages that a guest touches
 * @param collectors collectors to compare
 */
record Setup(
    Path qemu,
    Path scratch,
    List<String> parts,
    int rounds,
    long memory,
    long total,
    List<Long> images,
    int touches,
    List<String> collectors) {
  static Setup of(Map<String, String> options) {
    return new Setup(
        Path.of(options.getOrDefault("--qemu", "qemu-system-x86_64")),
        Path.of(options.getOrDefault("--scratch", "/dev/shm/godwit-benchmark")),
        list(options.getOrDefault("--parts", "latency,total,restore,prefetch")),
        Integer.parseInt(options.getOrDefault("--rounds", "3")),
        mebibytes(options.getOrDefault("--memory", "256")),
        mebibytes(options.getOrDefault("--total", "2048")),
        list(options.getOrDefault("--images", "256,1024,4096")).stream()
            .map(Setup::mebibytes)
            .toList(),
        Integer.parseInt(options.getOrDefault("--touches", "5000")),
        list(options.getOrDefault("--collectors", "Serial,G1,Z")));
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",")).map(String::trim).toList();
  }

  private static long mebibytes(String text) {
    return Long.parseLong(text) << 20;
  }
}
