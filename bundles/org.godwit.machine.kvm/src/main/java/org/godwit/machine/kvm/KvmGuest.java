package org.godwit.machine.kvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateValues;
import org.godwit.linux.Kvm;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.KvmVm;
import org.godwit.linux.LinuxException;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.MappedMachine;
import org.godwit.machine.mapped.OutputTail;
import org.godwit.machine.mapped.RunSwitch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guest inside a {@link KvmMachine}: virtual machine, vCPUs, memory and devices.
 *
 * <p>Threads: {@link RunSwitch} orders resuming, pausing and releasing; everything else happens
 * while the guest is stopped, except for the dirty log and the output.
 */
final class KvmGuest implements MappedMachine.Guest {
  static final Logger LOG = LoggerFactory.getLogger(KvmGuest.class);

  /** Where KVM keeps its own pages for real mode on Intel hosts; between RAM and firmware. */
  private static final long RESERVED = 0xfeff_c000L;

  private static final long JOIN_MILLIS = 30_000;

  private final String name;
  private final MappedBlock block;
  private final Arena arena = Arena.ofShared();
  private final KvmVm vm;
  private final List<KvmVcpu> vcpus = new ArrayList<>();
  private final OutputTail output = new OutputTail();
  private final SerialPort serial = new SerialPort(output);
  private final KvmDirtyLog log;
  private final List<KvmSection> sections;
  private List<VcpuThread> threads = List.of();
  private VcpuThread.Failure failure = reason -> LOG.error("A vCPU cannot go on: {}", reason);

  /** Volatile: set at boot or commit, read by checks on any thread. */
  private volatile KvmPlan plan;

  private KvmGuest(String name, MappedBlock block, KvmPlan plan, Kvm kvm) throws LinuxException {
    this.name = name;
    this.block = block;
    this.plan = plan;
    Host host = Host.of(kvm);
    this.vm = kvm.createVm();
    this.log = new KvmDirtyLog(arena, vm, block, host.manualProtect());
    this.sections = sections(host);
  }

  /** Makes a guest with so many vCPUs over a block, which it closes at its end. */
  static KvmGuest make(String name, MappedBlock block, KvmPlan plan) throws MachineException {
    try (Kvm kvm = Kvm.open()) {
      KvmGuest guest = new KvmGuest(name, block, plan, kvm);
      try {
        guest.build(kvm);
        return guest;
      } catch (LinuxException | RuntimeException e) {
        guest.release();
        throw e;
      }
    } catch (LinuxException e) {
      throw new MachineException("KVM cannot make machine " + name, e);
    }
  }

  private void build(Kvm kvm) throws LinuxException {
    Host host = Host.of(kvm);
    if (host.manualProtect()) {
      vm.enable(KvmVm.CAP_MANUAL_PROTECT, 1);
    }
    vm.reserve(RESERVED);
    if (host.irqchip()) {
      vm.createIrqchip();
      vm.createPit();
    }
    for (Slot slot : Slot.of(block.length())) {
      slot.map(vm, block.memory().segment(), false);
    }
    KvmSections made = new KvmSections();
    made.machine(vm, host);
    for (int number = 0; number < plan.vcpus(); number++) {
      KvmVcpu vcpu = vm.createVcpu(number);
      vcpus.add(vcpu);
      vcpu.cpuid(Cpuid.of(kvm, arena, number));
      made.vcpu(vcpu, number, host);
    }
    sections.addAll(made.sections());
    rehearse();
  }

  private void rehearse() {
    for (KvmSection section : sections) {
      try {
        section.rehearse();
      } catch (LinuxException | StateException e) {
        // what the kernel refuses here it refuses at the switchover, where it counts
        LOG.debug("Part of the state of machine {} cannot be rehearsed", name, e);
      }
    }
  }

  private List<KvmSection> sections(Host host) {
    LOG.debug("Machine {} is made on {}", name, host);
    KvmSections first = new KvmSections();
    first.add(KvmPlan.LAYOUT, 0, () -> plan.save(), this::takePlan);
    first.add(SerialPort.LAYOUT, 0, serial::save, serial::load);
    return new ArrayList<>(first.sections());
  }

  private void takePlan(StateValues values) throws StateException {
    KvmPlan loaded = KvmPlan.load(values);
    String objection = loaded.objection(block.length() / DirtyLog.PAGE_SIZE);
    if (loaded.vcpus() != plan.vcpus()) {
      objection = loaded.vcpus() + " vCPUs where this machine has " + plan.vcpus();
    }
    if (loaded.known() && !objection.isEmpty()) {
      throw new StateException(
          StateException.Fault.PEER, "The program's state is impossible: " + objection);
    }
    plan = loaded;
  }

  void onFailure(VcpuThread.Failure told) {
    failure = told;
  }

  /** Puts the built-in program into memory and the vCPUs at its beginning. */
  void bootProgram() throws MachineException {
    MemorySegment memory = block.memory().segment();
    block.enliven();
    BootImage.write(memory, block.length());
    Filling.write(memory, plan);
    boot(new BootState(plan)::longMode);
  }

  /** Puts foreign code at 0x7c00 and the vCPUs in real mode at its beginning. */
  void bootCode(byte[] code) throws MachineException {
    block.enliven();
    MemorySegment target = block.memory().segment().asSlice(BootState.REAL_MODE, code.length);
    target.copyFrom(MemorySegment.ofArray(code));
    boot(BootState::realMode);
  }

  /** Sets the registers of a vCPU. */
  @FunctionalInterface
  private interface Start {
    void set(KvmVcpu vcpu, int number) throws LinuxException;
  }

  private void boot(Start start) throws MachineException {
    try {
      for (int number = 0; number < vcpus.size(); number++) {
        start.set(vcpus.get(number), number);
      }
    } catch (LinuxException e) {
      throw new MachineException("KVM refuses the vCPUs of machine " + name, e);
    }
  }

  @Override
  public MappedBlock block() {
    return block;
  }

  @Override
  public DirtyLog log() {
    return log;
  }

  @Override
  public OutputTail output() {
    return output;
  }

  @Override
  public List<DeviceState> devices() {
    return sections.stream().map(KvmSection::device).toList();
  }

  /** Everything has arrived: hands the loaded state to the kernel. */
  @Override
  public void complete() throws MachineException {
    try {
      for (KvmSection section : sections) {
        if (!section.arrived()) {
          section.apply(); // says which one is missing, before anything changed
        }
      }
      for (KvmSection section : sections) {
        section.apply();
      }
      block.enliven();
    } catch (StateException e) {
      throw new MachineException("Machine " + name + " cannot take the received state", e);
    }
  }

  @Override
  public void forget() {
    sections.forEach(KvmSection::forget);
  }

  @Override
  public MemoryProof check(WorkListener listener) throws MachineException {
    try {
      return new KvmMemoryCheck(block, plan, vcpus, listener).run();
    } catch (LinuxException e) {
      throw new MachineException("KVM does not tell the registers of machine " + name, e);
    }
  }

  @Override
  public void resume() {
    List<VcpuThread> started = new ArrayList<>();
    Ports ports = new Ports(serial);
    for (int i = 0; i < vcpus.size(); i++) {
      String thread = name + "-vcpu-" + i;
      started.add(
          new VcpuThread(
              thread, vcpus.get(i), ports, new Pace(plan), reason -> failure.failed(reason)));
    }
    threads = started;
    started.forEach(VcpuThread::start);
  }

  @Override
  public void pause() throws MachineException {
    threads.forEach(VcpuThread::stop);
    try {
      for (VcpuThread thread : threads) {
        if (!thread.join(JOIN_MILLIS)) {
          throw new MachineException("A vCPU of machine " + name + " does not stop");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MachineException("Stopping machine " + name + " was interrupted", e);
    }
  }

  @Override
  public void release() {
    vcpus.forEach(KvmVcpu::close);
    vm.close();
    block.close();
    arena.close();
  }
}
