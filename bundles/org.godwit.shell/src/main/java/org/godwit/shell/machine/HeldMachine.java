package org.godwit.shell.machine;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.Migration;
import org.godwit.shell.command.CommandFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine of this container: there, or empty and waiting for its guest, or just receiving it.
 * Thread-safe.
 */
public final class HeldMachine {
  private static final Logger LOG = LoggerFactory.getLogger(HeldMachine.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final MachineProvider provider;
  private final MachineSpec spec;
  private Optional<Machine> machine = Optional.empty();
  private Optional<IncomingMachine> empty = Optional.empty();
  private Optional<Migration> migration = Optional.empty();
  private boolean closed;

  private HeldMachine(MachineProvider provider, MachineSpec spec) {
    this.provider = provider;
    this.spec = spec;
  }

  /** Holds a machine with a guest. */
  static HeldMachine of(MachineProvider provider, MachineSpec spec, Machine machine) {
    HeldMachine held = new HeldMachine(provider, spec);
    held.machine = Optional.of(machine);
    return held;
  }

  /** Holds an empty machine. */
  static HeldMachine of(MachineProvider provider, MachineSpec spec, IncomingMachine empty) {
    HeldMachine held = new HeldMachine(provider, spec);
    held.empty = Optional.of(empty);
    return held;
  }

  /** What it was made from. */
  public MachineSpec spec() {
    return spec;
  }

  /** Its provider. */
  public MachineProvider provider() {
    return provider;
  }

  /** The machine, if its guest is here. */
  public synchronized Optional<Machine> machine() {
    return machine;
  }

  /** The last migration of it. */
  public synchronized Optional<Migration> migration() {
    return migration;
  }

  /** Whether a migration uses it now. */
  public synchronized boolean isMigrating() {
    return migration.filter(m -> !m.status().isFinal()).isPresent();
  }

  /** Run state in QMP's words. */
  public synchronized String runState() {
    return machine.map(Machine::runState).orElse(RunState.INMIGRATE).wireName();
  }

  /**
   * The machine, for a command that needs a guest.
   *
   * @throws CommandFailure if it is empty
   */
  public synchronized Machine guest() throws CommandFailure {
    return machine.orElseThrow(
        () ->
            new CommandFailure("Machine " + spec.name() + " waits for its guest and has none yet"));
  }

  /**
   * The empty machine, handed out once.
   *
   * @throws CommandFailure if there is a guest already, or it is being received
   */
  public synchronized IncomingMachine takeEmpty() throws CommandFailure {
    IncomingMachine taken =
        empty.orElseThrow(
            () ->
                new CommandFailure(
                    "Machine "
                        + spec.name()
                        + (machine.isPresent()
                            ? " has a guest; machine-prepare makes one that can receive"
                            : " is receiving already")));
    empty = Optional.empty();
    return taken;
  }

  /** Notes that the machine leaves. */
  public synchronized void leaving(Migration outgoing) {
    migration = Optional.of(outgoing);
  }

  /** Notes that a guest comes in, and holds the machine once it has arrived. */
  public void receiving(Migration incoming) {
    synchronized (this) {
      migration = Optional.of(incoming);
    }
    var _ = incoming.outcome().thenAccept(outcome -> arrived(outcome.machine()));
  }

  private void arrived(Optional<Machine> guest) {
    if (!keep(guest)) {
      guest.ifPresent(Machine::close);
    }
  }

  private synchronized boolean keep(Optional<Machine> guest) {
    if (!closed) {
      machine = guest;
      if (guest.isEmpty()) {
        prepareAgain();
      }
    }
    return !closed;
  }

  /** Makes a fresh empty machine in the place of one that failed to receive, unless closed. */
  public synchronized void prepareAgain() {
    if (closed) {
      return;
    }
    try {
      empty = Optional.of(provider.prepare(spec));
    } catch (Exception e) {
      LOG.warn("Machine {} cannot wait for another guest", spec.name(), e);
    }
  }

  /**
   * Ends a migration of it, within seconds, and releases the machine; one whose migration does not
   * end stays, for a thread may still be reading or writing its memory.
   */
  void close() {
    synchronized (this) {
      closed = true; // a guest that arrives from here on is released at once
    }
    boolean unused =
        migration().filter(m -> !m.status().isFinal()).map(HeldMachine::end).orElse(true);
    synchronized (this) {
      if (unused) {
        machine.ifPresent(Machine::close);
      }
      empty.ifPresent(IncomingMachine::close);
    }
  }

  /** Gives false if the migration still uses the machine. */
  private static boolean end(Migration migration) {
    migration.cancel();
    try {
      migration.outcome().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "Migration {} does not end; its machine {} stays allocated",
          migration.id(),
          migration.machine(),
          e);
    }
    return false;
  }
}
