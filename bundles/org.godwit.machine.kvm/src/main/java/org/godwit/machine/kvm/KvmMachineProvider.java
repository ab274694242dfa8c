package org.godwit.machine.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.Support;
import org.godwit.machine.mapped.Backing;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.MappedIncoming;
import org.godwit.machine.mapped.Options;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Makes guests on KVM; the options are in the bundle's README. Thread-safe. */
@Component(property = MachineProvider.KIND_PROPERTY + "=kvm")
public final class KvmMachineProvider implements MachineProvider {
  private static final String BLOCK = "ram";
  private static final long MIN_MEMORY = 2L << 20;
  private static final int MAX_CODE = 0x8000;
  private static final long LINES_PER_SECOND = 50;
  private static final long LINE_PAGES = 8192;

  /** Makes the provider; there is nothing to configure. */
  @Activate
  public KvmMachineProvider() {}

  @Override
  public String kind() {
    return "kvm";
  }

  @Override
  public Support probe() {
    Optional<String> reason = Host.unsupported();
    return reason.isPresent() ? new Support.Unavailable(reason.get()) : new Support.Available();
  }

  @Override
  public Machine create(MachineSpec spec) throws MachineException {
    Options options = new Options(spec);
    KvmPlan plan = plan(options, spec.memoryBytes());
    Optional<String> code = options.text("code");
    Backing backing = backing(options);
    if (code.isPresent()) {
      return createForeign(spec, KvmPlan.foreign(plan.vcpus()), backing, read(code.get()));
    }
    KvmGuest guest = guest(spec, plan, backing);
    return booted(spec, guest, guest::bootProgram);
  }

  private static Machine createForeign(MachineSpec spec, KvmPlan plan, Backing backing, byte[] code)
      throws MachineException {
    KvmGuest guest = guest(spec, plan, backing);
    return booted(spec, guest, () -> guest.bootCode(code));
  }

  /** Puts a program into a guest. */
  @FunctionalInterface
  private interface Boot {
    void run() throws MachineException;
  }

  private static Machine booted(MachineSpec spec, KvmGuest guest, Boot boot)
      throws MachineException {
    try {
      boot.run();
    } catch (MachineException e) {
      guest.release();
      throw e;
    }
    return new KvmMachine(spec.name(), guest, RunState.PRELAUNCH);
  }

  @Override
  public IncomingMachine prepare(MachineSpec spec) throws MachineException {
    Options options = new Options(spec);
    // What the guest does comes with it, except for the number of vCPUs.
    KvmPlan plan = plan(options, spec.memoryBytes());
    var _ = options.text("code");
    KvmGuest guest = guest(spec, KvmPlan.foreign(plan.vcpus()), backing(options));
    return new MappedIncoming(new KvmMachine(spec.name(), guest, RunState.INMIGRATE));
  }

  private static KvmPlan plan(Options options, long bytes) throws MachineException {
    long own = bytes - KvmPlan.FIRST_PAGE * DirtyLog.PAGE_SIZE;
    if (bytes < MIN_MEMORY || bytes > BootImage.MAX_MEMORY) {
      throw new MachineException(
          "A KVM guest has %d to %d bytes of memory, not %d"
              .formatted(MIN_MEMORY, BootImage.MAX_MEMORY, bytes));
    }
    long working = options.number("working-set", own, DirtyLog.PAGE_SIZE, own);
    long filled = options.number("filled", working, working, own);
    long rate = options.number("rate", 0, 0, KvmPlan.MAX_RATE);
    int vcpus = (int) options.number("vcpus", 1, 1, KvmPlan.MAX_VCPUS);
    long line = rate == 0 ? LINE_PAGES : Math.max(1, rate / vcpus / LINES_PER_SECOND);
    KvmPlan plan =
        new KvmPlan(
            true,
            options.number("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
            vcpus,
            working / DirtyLog.PAGE_SIZE,
            filled / DirtyLog.PAGE_SIZE,
            rate,
            options.number("line-pages", line, 1, Long.MAX_VALUE));
    String objection = plan.objection(bytes / DirtyLog.PAGE_SIZE);
    if (!objection.isEmpty()) {
      throw new MachineException("A KVM guest cannot have " + objection);
    }
    return plan;
  }

  private static Backing backing(Options options) throws MachineException {
    Backing backing = options.word("backing", Backing.MEMFD);
    options.end();
    return backing;
  }

  private static byte[] read(String path) throws MachineException {
    try {
      byte[] code = Files.readAllBytes(Path.of(path));
      if (code.length == 0 || code.length > MAX_CODE) {
        throw new MachineException(
            "Code %s has %d bytes, allowed are 1 to %d".formatted(path, code.length, MAX_CODE));
      }
      return code;
    } catch (IOException | InvalidPathException e) {
      throw new MachineException("Code " + path + " cannot be read", e);
    }
  }

  private static KvmGuest guest(MachineSpec spec, KvmPlan plan, Backing backing)
      throws MachineException {
    MappedBlock block = MappedBlock.allocate(BLOCK, spec.memoryBytes(), backing);
    try {
      return KvmGuest.make(spec.name(), block, plan);
    } catch (MachineException | RuntimeException e) {
      block.close();
      throw e;
    }
  }
}
