package org.godwit.machine.mapped;

import org.godwit.api.machine.GuestMemory;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.NativeFile;

/** What kind of memory lies behind a block. */
public enum Backing {
  /** Private anonymous memory with huge pages: the fastest to receive into (see README). */
  ANONYMOUS(Mapping.Advice.DONTNEED, GuestMemory.Kind.PRIVATE),
  /** A memfd with huge pages: memory that other processes can map. */
  MEMFD(Mapping.Advice.REMOVE, GuestMemory.Kind.SHARED);

  private final Mapping.Advice discard;
  private final GuestMemory.Kind kind;

  Backing(Mapping.Advice discard, GuestMemory.Kind kind) {
    this.discard = discard;
    this.kind = kind;
  }

  /** The same for those who trap absent pages. */
  GuestMemory.Kind kind() {
    return kind;
  }

  /** The advice that gives memory of this kind back. */
  Mapping.Advice discard() {
    return discard;
  }

  /**
   * Maps memory of this kind.
   *
   * @param name for {@code /proc/self/maps}
   * @param length bytes, whole pages
   * @return zeros; the caller closes it
   * @throws LinuxException if there is not enough
   */
  Mapping map(String name, long length) throws LinuxException {
    Mapping mapping;
    if (this == ANONYMOUS) {
      mapping = Mapping.anonymous(length);
    } else {
      try (NativeFile file = NativeFile.memory(name, length)) {
        mapping = Mapping.shared(file, length);
      }
    }
    // Refused where huge pages are switched off; small ones serve too.
    mapping.tryAdvise(Mapping.Advice.HUGEPAGE, 0, length);
    return mapping;
  }
}
