package org.godwit.machine.mapped;

import java.util.Set;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run state of a machine and who may change it: one lock for start, stop and close, so that a
 * guest is never started while another thread stops it. Thread-safe.
 */
public final class RunSwitch {

  /** What is switched. Called under the switch's lock. */
  public interface Guest {
    /**
     * Begins executing.
     *
     * @throws MachineException if it cannot; the guest is then stopped
     */
    void resume() throws MachineException;

    /**
     * Ends executing; returns when nothing executes any more. Called only while it executes.
     *
     * @throws MachineException if a part of it cannot be stopped
     */
    void pause() throws MachineException;

    /** Releases everything; the guest is stopped. */
    void release();
  }

  private static final Logger LOG = LoggerFactory.getLogger(RunSwitch.class);

  /** In a switchover only the engine knows whether the guest stays: it makes it paused first. */
  private static final Set<RunState> NEVER_STARTED =
      Set.of(RunState.FINISH_MIGRATE, RunState.POSTMIGRATE, RunState.INTERNAL_ERROR);

  private final String name;
  private final Guest guest;
  private boolean executing;
  private boolean closed;

  /** Written under the lock, except for {@link #fail}; read by anybody without it. */
  private volatile RunState state;

  /**
   * Makes a switch for a stopped guest.
   *
   * @param name the machine's name, for messages
   * @param state its run state
   * @param guest what is switched
   */
  public RunSwitch(String name, RunState state, Guest guest) {
    this.name = name;
    this.state = state;
    this.guest = guest;
  }

  /**
   * The run state.
   *
   * @return a snapshot
   */
  public RunState state() {
    return state;
  }

  /**
   * Starts the guest; nothing happens if it runs.
   *
   * @throws MachineException if it is closed, is being or was given away, or cannot run
   */
  public synchronized void start() throws MachineException {
    if (state == RunState.RUNNING) {
      return;
    }
    if (closed || NEVER_STARTED.contains(state)) {
      String why = closed ? "it is closed" : "it is in state " + state.wireName();
      throw new MachineException("Machine " + name + " cannot be started: " + why);
    }
    pauseIfExecuting();
    resume(state);
  }

  /**
   * The state changes first: a guest may fail as soon as it runs, and that must be the last word.
   */
  private void resume(RunState before) throws MachineException {
    state = RunState.RUNNING;
    try {
      guest.resume();
      executing = true;
    } catch (MachineException e) {
      state = before;
      throw e;
    } catch (RuntimeException | Error e) {
      undo(before, e);
      throw e;
    }
  }

  /** Unlike a refusal, such as a thread that cannot be made, this may come when a part runs. */
  private void undo(RunState before, Throwable cause) {
    executing = true;
    try {
      pauseIfExecuting();
    } catch (MachineException | RuntimeException | Error e) {
      // it stays a running guest, so that the next stop tries again and nobody releases it
      cause.addSuppressed(e);
      return;
    }
    if (state == RunState.RUNNING) {
      state = before;
    }
  }

  /**
   * Stops the guest, or only changes the state of a stopped one. That it was given away is final.
   *
   * @param reason the state to report
   * @throws MachineException if it cannot be stopped, or was given away and another state is wanted
   */
  public synchronized void stop(RunState reason) throws MachineException {
    if (state == RunState.POSTMIGRATE && reason != RunState.POSTMIGRATE) {
      throw new MachineException(
          "Machine %s cannot become %s: its guest was given away and is the destination's"
              .formatted(name, reason.wireName()));
    }
    pauseIfExecuting();
    if (state != RunState.INTERNAL_ERROR) {
      state = reason;
    }
  }

  /**
   * Tells from the guest's own thread that it cannot go on; the thread ends afterwards.
   *
   * @param reached {@link RunState#INTERNAL_ERROR} or {@link RunState#SHUTDOWN}
   */
  public void fail(RunState reached) {
    state = reached;
  }

  /**
   * Runs something that needs a stopped guest.
   *
   * @param what for the message, such as {@code be checked}
   * @param action what to run under the lock
   * @param <T> its result
   * @return its result
   * @throws MachineException if the guest runs, or the action fails
   */
  public synchronized <T> T whileStopped(String what, Action<T> action) throws MachineException {
    if (closed || state == RunState.RUNNING) {
      throw new MachineException(
          "Machine "
              + name
              + " cannot "
              + what
              + " while it is "
              + (closed ? "closed" : "running"));
    }
    return action.run();
  }

  /**
   * An action with a result.
   *
   * @param <T> the result
   */
  @FunctionalInterface
  public interface Action<T> {
    /**
     * Runs.
     *
     * @return the result
     * @throws MachineException if it fails
     */
    T run() throws MachineException;
  }

  /** Stops the guest if it runs and releases everything; a second call does nothing. */
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      pauseIfExecuting();
    } catch (MachineException | RuntimeException | Error e) {
      // Releasing what a thread still uses would crash the process: keep it and say so.
      LOG.error("Machine {} stays allocated", name, e);
      return;
    }
    guest.release();
  }

  private void pauseIfExecuting() throws MachineException {
    if (executing) {
      guest.pause();
      executing = false;
    }
  }
}
