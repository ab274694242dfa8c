package org.godwit.userfault.linux;

import org.godwit.api.machine.GuestMemory;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.NativeFile;

/** Memory of a memfd. */
class SharedMemoryTest extends LinuxSubject {
  @Override
  Mapping map(long length) throws LinuxException {
    try (NativeFile file = NativeFile.memory("godwit-userfault-test", length)) {
      return Mapping.shared(file, length);
    }
  }

  @Override
  GuestMemory.Kind kind() {
    return GuestMemory.Kind.SHARED;
  }
}
