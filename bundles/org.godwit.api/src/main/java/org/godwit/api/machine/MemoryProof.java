package org.godwit.api.machine;

import java.util.Optional;

/**
 * Result of comparing guest memory with what the guest program must have written.
 *
 * @param pages pages of {@link DirtyLog#PAGE_SIZE} bytes that were compared
 * @param wrongPages pages among them that differ
 * @param rounds rounds of the guest program so far; a guest that goes on has more later
 * @param difference the first difference: block, offset, what was found and what is right; empty if
 *     no page differs
 */
public record MemoryProof(long pages, long wrongPages, long rounds, Optional<String> difference) {

  /**
   * Whether memory is as it must be.
   *
   * @return true if pages were compared and none differs
   */
  public boolean holds() {
    return pages > 0 && wrongPages == 0;
  }
}
