package org.godwit.it.postcopy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.BlockAnnouncement;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.StreamConfiguration;
import org.godwit.api.machine.StreamTraits;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.savestate.StateWriter;

/** A machine whose devices wait, while they are loaded, until a test has decided. */
final class HeldMachine implements IncomingMachine {
  private final IncomingMachine inner;
  private final CountDownLatch pending = new CountDownLatch(1);
  private final CountDownLatch decided = new CountDownLatch(1);
  // volatile: set by the test, read by the thread that loads
  private volatile boolean refused;

  HeldMachine(IncomingMachine inner) {
    this.inner = inner;
  }

  /** Returns when a device is being loaded. */
  void awaitPending() throws InterruptedException {
    if (!pending.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("No device came.");
    }
  }

  /** The devices are taken, or refused. */
  void decide(boolean refuse) {
    refused = refuse;
    decided.countDown();
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public StreamTraits traits() {
    return inner.traits();
  }

  @Override
  public void configure(StreamConfiguration configuration) throws RefusedException {
    inner.configure(configuration);
  }

  @Override
  public List<RamBlock> announce(List<BlockAnnouncement> announced) throws MachineException {
    return inner.announce(announced);
  }

  @Override
  public DeviceLoading deviceLoading() {
    DeviceLoading.Known known = (DeviceLoading.Known) inner.deviceLoading();
    return new DeviceLoading.Known(
        known.devices().stream().<DeviceState>map(HeldDevice::new).toList());
  }

  @Override
  public Machine commit() throws MachineException {
    return inner.commit();
  }

  @Override
  public boolean reset() {
    return inner.reset();
  }

  @Override
  public void discard() {
    inner.discard();
  }

  private final class HeldDevice implements DeviceState {
    private final DeviceState device;

    HeldDevice(DeviceState device) {
      this.device = device;
    }

    @Override
    public SectionKey key() {
      return device.key();
    }

    @Override
    public int version() {
      return device.version();
    }

    @Override
    public int minimumVersion() {
      return device.minimumVersion();
    }

    @Override
    public boolean early() {
      return device.early();
    }

    @Override
    public StateDescription save(StateWriter out) throws StateException, IOException {
      return device.save(out);
    }

    @Override
    public void load(StateReader in, int version) throws StateException, IOException {
      pending.countDown();
      try {
        if (!decided.await(60, TimeUnit.SECONDS) || refused) {
          throw new StateException(StateException.Fault.PEER, "A test refuses the device.");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      device.load(in, version);
    }
  }
}
