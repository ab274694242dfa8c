package org.godwit.userfault.linux;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.tck.UserfaultContract;

/** The contract against the kernel, on one kind of memory. */
abstract class LinuxSubject extends UserfaultContract {
  private final List<Mapping> mappings = new ArrayList<>();

  private final LinuxUserfault backend = new LinuxUserfault();

  abstract Mapping map(long length) throws LinuxException;

  abstract GuestMemory.Kind kind();

  @Override
  protected UserfaultBackend backend() {
    return backend;
  }

  @Override
  protected void stop(UserfaultBackend stopped) {
    backend.stop();
  }

  @Override
  protected GuestMemory absentMemory(long length) throws LinuxException {
    Mapping mapping = map(length);
    mappings.add(mapping);
    return new GuestMemory.Native(mapping.segment().address(), length, pageSize(), kind());
  }

  @Override
  protected byte access(UserfaultRegion region, long offset) {
    return RawMemory.read(((GuestMemory.Native) region.memory()).address() + offset);
  }

  @Override
  protected void releaseMemory() {
    mappings.forEach(Mapping::close);
  }
}
