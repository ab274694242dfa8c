package org.godwit.userfault.handover;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.FaultHandover.Taken;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;
import org.godwit.api.userfault.UserfaultSession;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.Mapping;
import org.godwit.linux.RawMemory;
import org.godwit.linux.StreamSocket;
import org.godwit.tck.UserfaultContract;

/** The contract with memory that was handed over, by this process for once. */
class HandoverContractTest extends UserfaultContract {
  private final HandoverService service = new HandoverService();
  private final List<Mapping> mappings = new ArrayList<>();
  private final List<FaultDescriptor> monitors = new ArrayList<>();

  private final UserfaultBackend backend =
      new UserfaultBackend() {
        @Override
        public Support probe() {
          try (FaultDescriptor _ = FaultDescriptor.openWithRemovals()) {
            return new Support.Available();
          } catch (LinuxException e) {
            return new Support.Unavailable(String.valueOf(e.getMessage()));
          }
        }

        @Override
        public Support probe(GuestMemory memory) {
          return memory instanceof GuestMemory.Foreign
              ? probe()
              : new Support.Unavailable("nobody handed it over");
        }

        @Override
        public UserfaultSession open(String name) throws UserfaultException {
          return service
              .take(java.nio.file.Path.of("/nowhere/" + name), java.time.Duration.ofSeconds(1))
              .session();
        }
      };

  @Override
  protected UserfaultBackend backend() {
    return backend;
  }

  @Override
  protected void stop(UserfaultBackend stopped) {
    service.stop();
  }

  @Override
  protected boolean discards() {
    return false;
  }

  @Override
  protected GuestMemory absentMemory(long length) throws LinuxException {
    Mapping mapping = Mapping.anonymous(length);
    mappings.add(mapping);
    return new GuestMemory.Foreign(mapping.segment().address(), length, pageSize());
  }

  @Override
  protected UserfaultSession open(List<GuestMemory> memories) throws Exception {
    List<HandedOver.Region> regions =
        memories.stream()
            .map(memory -> (GuestMemory.Foreign) memory)
            .map(one -> new HandedOver.Region(one.address(), one.length(), 0, one.pageSize()))
            .toList();
    StreamSocket.Pair pair = StreamSocket.pair();
    try (StreamSocket monitor = pair.first();
        StreamSocket godwit = pair.second()) {
      monitors.add(HandedOver.send(monitor, regions));
      Taken taken = service.taken(Arrival.receive(godwit, Reception.PATIENCE, Long.MAX_VALUE));
      return taken.session();
    }
  }

  @Override
  protected byte access(UserfaultRegion region, long offset) {
    return RawMemory.read(((GuestMemory.Foreign) region.memory()).address() + offset);
  }

  @Override
  protected void releaseMemory() {
    monitors.forEach(FaultDescriptor::close);
    mappings.forEach(Mapping::close);
  }
}
