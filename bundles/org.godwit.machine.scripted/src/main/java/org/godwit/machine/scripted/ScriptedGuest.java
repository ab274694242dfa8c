package org.godwit.machine.scripted;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.godwit.api.machine.DirtyLog;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MemoryProof;
import org.godwit.api.machine.WorkListener;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateValues;
import org.godwit.machine.mapped.MappedBlock;
import org.godwit.machine.mapped.MappedMachine;
import org.godwit.machine.mapped.OutputTail;
import org.godwit.machine.mapped.PageCheck;
import org.godwit.machine.mapped.RunSwitch;
import org.jspecify.annotations.Nullable;

/**
 * The guest inside a {@link ScriptedMachine}: memory, code, program and its threads.
 *
 * <p>Threads: {@link RunSwitch} orders resuming, pausing and releasing; state is saved, loaded and
 * checked only while the guest is stopped; orders come from any thread under their own lock.
 */
final class ScriptedGuest implements MappedMachine.Guest {
  private static final long JOIN_MILLIS = 30_000;

  private final String name;
  private final MappedBlock block;
  private final Arena arena = Arena.ofShared();
  private final ProgramMarks marks;
  private final DirtyLog log;
  private final ProgramCode code;
  private final OutputTail output = new OutputTail();
  private final Object orderLock = new Object();
  private List<ProgramThread> threads = List.of();

  /** Empty until state arrives; volatile because boot, load and checks may be on any thread. */
  private volatile @Nullable Program program;

  /** Whether orders are taken; guarded by the order lock. */
  private boolean executing;

  ScriptedGuest(String name, MappedBlock block, boolean kernelLog) throws MachineException {
    this.name = name;
    this.block = block;
    this.marks = new ProgramMarks(arena, block);
    this.log = kernelLog ? new KernelLog(block) : marks;
    this.code = new GatedCode(ProgramCode.load(new MappedPages(block.memory(), marks)), block);
  }

  /** Gives an empty guest its program and writes the memory that it begins with. */
  void boot(Plan plan) throws MachineException {
    program = make(plan, new Orders(), 0);
    block.enliven();
    write(
        new Control(arena, block.memory().segment(), marks.bitmap()),
        0,
        plan.filledPages(),
        plan.key(0));
  }

  private void write(Control control, long first, long count, long key) throws MachineException {
    control.share(first, count, 1);
    control.round(0, count, key);
    control.budget(count);
    code.run(control);
    if (control.left() > 0) {
      throw new MachineException(
          "Page %d of machine %s cannot be written: it has not arrived"
              .formatted(control.first() + control.position(), name));
    }
  }

  private Program make(Plan plan, Orders orders, long nextLine) {
    return new Program(plan, orders, nextLine, arena, block.memory().segment(), marks.bitmap());
  }

  void order(long first, long count) throws MachineException {
    Objects.checkFromIndexSize(first, Math.max(1, count), pages());
    synchronized (orderLock) {
      Program taking = requireScripted();
      long round = taking.orders().add(first, count);
      write(taking.walkers().getFirst().control(), first, count, taking.plan().key(round));
    }
  }

  void orderLine() throws MachineException {
    synchronized (orderLock) {
      output.write(requireScripted().line());
    }
  }

  private Program requireScripted() throws MachineException {
    Program taking = program;
    if (!executing || taking == null || taking.plan().mode() != Mode.SCRIPTED) {
      throw new MachineException(
          "Machine " + name + " takes orders only in mode scripted and while it runs");
    }
    return taking;
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
  public MemoryProof check(WorkListener listener) throws MachineException {
    return MemoryCheck.run(new PageCheck(block, listener), requireProgram(), (int) pages());
  }

  @Override
  public List<DeviceState> devices() {
    return List.of(ProgramState.LAYOUT.device(ProgramState.KEY, this::save, this::load));
  }

  /** Everything has arrived: from now on the program may write. */
  @Override
  public void complete() throws MachineException {
    requireProgram();
    block.enliven();
  }

  @Override
  public void forget() {
    program = null;
  }

  private StateValues save() throws StateException {
    Program saved = program;
    if (saved == null) {
      throw new StateException(StateException.Fault.LOCAL, "Machine " + name + " has no program");
    }
    return ProgramState.save(saved);
  }

  private void load(StateValues values) throws StateException {
    program = ProgramState.load(values, pages(), this::make);
  }

  @Override
  public void resume() throws MachineException {
    Program resumed = requireProgram();
    List<ProgramThread> started = new ArrayList<>();
    for (int i = 0; i < resumed.walkers().size() && resumed.plan().mode().runs(); i++) {
      Walker walker = resumed.walkers().get(i);
      OutputTail lines = i == 0 ? output : null;
      started.add(new ProgramThread(name + "-program-" + i, resumed, walker, code, lines));
    }
    threads = started;
    synchronized (orderLock) {
      executing = true;
      resumed.walkers().getFirst().control().stop(false);
    }
    started.forEach(ProgramThread::start);
  }

  @Override
  public void pause() throws MachineException {
    synchronized (orderLock) {
      executing = false;
    }
    threads.forEach(ProgramThread::stop);
    try {
      for (ProgramThread thread : threads) {
        if (!thread.join(JOIN_MILLIS)) {
          throw new MachineException("A thread of machine " + name + " does not stop");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MachineException("Stopping machine " + name + " was interrupted", e);
    }
  }

  @Override
  public void release() {
    log.stop();
    code.close();
    block.close();
    arena.close();
  }

  private long pages() {
    return block.length() / DirtyLog.PAGE_SIZE;
  }

  private Program requireProgram() throws MachineException {
    Program known = program;
    if (known == null) {
      throw new MachineException("Machine " + name + " has received no program");
    }
    return known;
  }
}
