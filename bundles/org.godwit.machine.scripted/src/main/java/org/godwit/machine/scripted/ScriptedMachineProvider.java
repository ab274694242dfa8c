package org.godwit.machine.scripted;

import java.util.List;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RunState;
import org.godwit.api.machine.Support;
import org.godwit.api.userfault.UserfaultBackend;
import org.godwit.linux.WriteTracker;
import org.godwit.machine.mapped.Backing;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.MappedIncoming;
import org.godwit.machine.mapped.Options;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Makes scripted guests; the options are in the bundle's README. Thread-safe. */
@Component(property = MachineProvider.KIND_PROPERTY + "=scripted")
public final class ScriptedMachineProvider implements MachineProvider {
  private static final String BLOCK = "ram";
  private static final long MAX_MEMORY = 1L << 42;

  /** Set by the container as backends come and go, read by whoever prepares for absent pages. */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<UserfaultBackend> backends = List.of();

  /** Makes the provider; there is nothing to configure. */
  @Activate
  public ScriptedMachineProvider() {}

  @Override
  public String kind() {
    return "scripted";
  }

  @Override
  public Support probe() {
    return new Support.Available();
  }

  @Override
  public Machine create(MachineSpec spec) throws MachineException {
    Options options = new Options(spec);
    Plan plan = plan(options, spec.memoryBytes() / DirtyLog.PAGE_SIZE);
    Shape shape = shape(options);
    ScriptedGuest guest = guest(spec, shape);
    guest.boot(plan);
    return new ProgramMachine(spec.name(), guest, RunState.PRELAUNCH);
  }

  @Override
  public IncomingMachine prepare(MachineSpec spec) throws MachineException {
    Options options = new Options(spec);
    // What the guest does comes with it; options of both sides may be the same for convenience.
    var _ = plan(options, spec.memoryBytes() / DirtyLog.PAGE_SIZE);
    ScriptedGuest guest = guest(spec, shape(options));
    return new MappedIncoming(new ProgramMachine(spec.name(), guest, RunState.INMIGRATE));
  }

  private static Plan plan(Options options, long pages) throws MachineException {
    long bytes = pages * DirtyLog.PAGE_SIZE;
    long working = options.number("working-set", bytes, DirtyLog.PAGE_SIZE, bytes);
    long filled = options.number("filled", working, working, bytes);
    Plan plan =
        new Plan(
            options.number("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
            options.word("mode", Mode.RANDOM),
            working / DirtyLog.PAGE_SIZE,
            filled / DirtyLog.PAGE_SIZE,
            (int) options.number("threads", 1, 1, Plan.MAX_THREADS),
            options.number("rate", 0, 0, Plan.MAX_RATE),
            (int) options.number("line-ms", 20, 1, Plan.MAX_LINE_MILLIS));
    String objection = plan.objection(pages);
    if (!objection.isEmpty()) {
      throw new MachineException("A scripted guest cannot have " + objection);
    }
    return plan;
  }

  private static Shape shape(Options options) throws MachineException {
    Shape shape =
        new Shape(
            options.word("backing", Backing.ANONYMOUS),
            options.word("dirty-log", Log.AUTO),
            options.word("trap", Trap.AUTO));
    options.end();
    return shape;
  }

  private ScriptedGuest guest(MachineSpec spec, Shape shape) throws MachineException {
    if (spec.memoryBytes() > MAX_MEMORY) {
      throw new MachineException("A scripted guest has at most 4T of memory");
    }
    MappedBlock block =
        MappedBlock.allocate(
            BLOCK,
            spec.memoryBytes(),
            shape.backing(),
            (trapped, gated) -> shape.trap().byKernel(backends, trapped, gated));
    try {
      return new ScriptedGuest(spec.name(), block, shape.log().byKernel());
    } catch (MachineException | RuntimeException e) {
      block.close();
      throw e;
    }
  }

  /** How a machine is built here; unlike the plan this does not move with the guest. */
  private record Shape(Backing backing, Log log, Trap trap) {}

  /** Who stops the program before a page that has not arrived. */
  enum Trap {
    /** The kernel where there is a backend for it, else the program itself if that can be. */
    AUTO,
    /** The kernel. */
    KERNEL,
    /** The program, which waits before each page that it writes. */
    SOFTWARE;

    boolean byKernel(List<UserfaultBackend> backends, GuestMemory trapped, GuestMemory gated) {
      return switch (this) {
        case KERNEL -> true;
        case SOFTWARE -> false;
        // Where neither works, the reason why the kernel does not is the one to be told.
        case AUTO -> any(backends, trapped) || !any(backends, gated);
      };
    }

    private static boolean any(List<UserfaultBackend> backends, GuestMemory memory) {
      return backends.stream().anyMatch(one -> one.probe(memory) instanceof Support.Available);
    }
  }

  /** Who tells which pages were written. */
  enum Log {
    /** The kernel where it can. */
    AUTO,
    /** The kernel. */
    KERNEL,
    /** The program itself. */
    PROGRAM;

    boolean byKernel() throws MachineException {
      if (this == PROGRAM) {
        return false;
      }
      String reason = WriteTracker.unsupported().orElse("");
      if (this == KERNEL && !reason.isEmpty()) {
        throw new MachineException("The kernel cannot log writes: " + reason);
      }
      return reason.isEmpty();
    }
  }
}
