package org.godwit.userfault.linux;

import org.godwit.api.machine.GuestMemory;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;

/** Private memory of huge pages. */
class HugePrivateMemoryTest extends HugeSubject {
  @Override
  Mapping map(long length) throws LinuxException {
    return Mapping.hugePages(length);
  }

  @Override
  GuestMemory.Kind kind() {
    return GuestMemory.Kind.PRIVATE;
  }
}
