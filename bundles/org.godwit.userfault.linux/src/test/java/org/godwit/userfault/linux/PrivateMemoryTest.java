package org.godwit.userfault.linux;

import org.godwit.api.machine.GuestMemory;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;

/** Anonymous memory. */
class PrivateMemoryTest extends LinuxSubject {
  @Override
  Mapping map(long length) throws LinuxException {
    return Mapping.anonymous(length);
  }

  @Override
  GuestMemory.Kind kind() {
    return GuestMemory.Kind.PRIVATE;
  }
}
