package org.godwit.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the recorded stream alone does not tell, and what else belongs to it. Immutable.
 *
 * @param pageSize target page size, bytes
 * @param capabilities names of capabilities that change the layout and are not in the stream
 * @param blocksWithPageSize names of RAM blocks that carry a page size
 * @param fileOffset where the stream begins in its file
 * @param returnPath recording of the reverse direction
 * @param multifd recordings of the multifd channels
 * @param preempt recording of the preempt channel
 * @param recovery recording of the second connection of a postcopy recovery
 * @param devices whether device sections are decoded into fields
 * @param digests whether memory is built up and digested
 */
record InspectOptions(
    int pageSize,
    Set<String> capabilities,
    Set<String> blocksWithPageSize,
    long fileOffset,
    Optional<Path> returnPath,
    List<Path> multifd,
    Optional<Path> preempt,
    Optional<Path> recovery,
    boolean devices,
    boolean digests) {

  /** 4 KiB pages, nothing else. */
  static final InspectOptions DEFAULT =
      new InspectOptions(
          4096,
          Set.of(),
          Set.of(),
          0,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty(),
          false,
          true);

  InspectOptions {
    capabilities = Set.copyOf(capabilities);
    blocksWithPageSize = Set.copyOf(blocksWithPageSize);
    multifd = List.copyOf(multifd);
  }
}
