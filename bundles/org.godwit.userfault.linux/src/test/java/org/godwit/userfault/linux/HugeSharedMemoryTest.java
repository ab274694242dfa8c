package org.godwit.userfault.linux;

import org.godwit.api.machine.GuestMemory;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.NativeFile;

/** Shared memory of huge pages. */
class HugeSharedMemoryTest extends HugeSubject {
  @Override
  Mapping map(long length) throws LinuxException {
    try (NativeFile file = NativeFile.hugeMemory("godwit-userfault-test", length)) {
      return Mapping.shared(file, length);
    }
  }

  @Override
  GuestMemory.Kind kind() {
    return GuestMemory.Kind.SHARED;
  }
}
