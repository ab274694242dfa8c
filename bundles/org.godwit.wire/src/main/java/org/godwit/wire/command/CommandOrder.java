package org.godwit.wire.command;

import java.util.Set;
import org.godwit.wire.WireException;

/**
 * Which command is allowed when (commands-and-return-path 2, postcopy 2). One object for all
 * connections of a migration. Thread-safe: in postcopy the package and the main channel are read by
 * two threads.
 */
public final class CommandOrder {

  /** Receive state of postcopy (postcopy 2). */
  public enum Postcopy {
    /** Nothing announced. */
    NONE,
    /** Postcopy is permitted. */
    ADVISE,
    /** Pages were discarded. */
    DISCARD,
    /** Absent pages are tracked. */
    LISTENING,
    /** The guest was started. */
    RUNNING
  }

  private final Set<String> capabilities;
  private final boolean observer;
  private final boolean returnPathPossible;
  private boolean returnPathOpen;
  private boolean ramPostcopyAdvised;
  private boolean packaged;
  private Postcopy postcopy = Postcopy.NONE;

  /**
   * Nothing was received yet.
   *
   * @param capabilities QEMU's names of those that are on at this side
   * @param returnPathPossible whether the channel has a reverse direction
   */
  public CommandOrder(Set<String> capabilities, boolean returnPathPossible) {
    this(capabilities, returnPathPossible, false);
  }

  private CommandOrder(Set<String> capabilities, boolean returnPathPossible, boolean observer) {
    this.capabilities = Set.copyOf(capabilities);
    this.returnPathPossible = returnPathPossible;
    this.observer = observer;
  }

  /**
   * The order for somebody who only looks at a stream: no capability of this side matters, the
   * order of the commands does.
   */
  public static CommandOrder observer() {
    return new CommandOrder(Set.of(), true, true);
  }

  /**
   * Checks a command against the state and changes the state.
   *
   * @param command as read
   * @param offset its stream offset, for the error
   * @param inPackage whether it came inside PACKAGED
   * @throws WireException of kind {@code COMMAND_ORDER} when it is not allowed now
   */
  public synchronized void accept(Command command, long offset, boolean inPackage)
      throws WireException {
    switch (command) {
      case Command.OpenReturnPath c -> openReturnPath(offset);
      case Command.Ping c -> require(returnPathOpen, offset, "PING", "OPEN_RETURN_PATH before it");
      case Command.PostcopyAdvise advise -> advise(advise, offset);
      case Command.PostcopyRamDiscard c -> discard(offset);
      case Command.PostcopyListen c -> listen(offset);
      case Command.PostcopyRun c -> run(offset);
      case Command.Packaged c -> packaged(offset, inPackage);
      case Command.EnableColo c ->
          require(
              observer || capabilities.contains("x-colo"),
              offset,
              "ENABLE_COLO",
              "x-colo on at this side");
      case Command.PostcopyResume c -> {
        // Ignored outside recovery (2.9); only the engine knows the status.
      }
      case Command.RecvBitmap c -> {
        // Valid in recovery only (2.10); only the engine knows the status.
      }
      case Command.SwitchoverStart c -> {
        // A mark without a rule of its own (2.11).
      }
    }
  }

  /** Postcopy receive state. */
  public synchronized Postcopy postcopy() {
    return postcopy;
  }

  /** Whether an ADVISE with page sizes was received; it changes the block list (4.2). */
  public synchronized boolean ramPostcopyAdvised() {
    return ramPostcopyAdvised;
  }

  /** Whether OPEN_RETURN_PATH was received. */
  public synchronized boolean returnPathOpen() {
    return returnPathOpen;
  }

  /** A new connection of a paused postcopy migration: its return path is open from the start. */
  public synchronized void reconnected() {
    returnPathOpen = true;
  }

  private void openReturnPath(long offset) throws WireException {
    require(returnPathPossible, offset, "OPEN_RETURN_PATH", "a channel with a reverse direction");
    require(!returnPathOpen, offset, "a second OPEN_RETURN_PATH", "one");
    returnPathOpen = true;
  }

  private void advise(Command.PostcopyAdvise advise, long offset) throws WireException {
    require(postcopy == Postcopy.NONE, offset, "a second POSTCOPY_ADVISE", "one");
    boolean on = capabilities.contains("postcopy-ram");
    boolean sizes = advise.pageSizes().isPresent();
    require(
        observer || on == sizes,
        offset,
        sizes ? "POSTCOPY_ADVISE with page sizes" : "POSTCOPY_ADVISE without page sizes",
        on ? "page sizes, as postcopy-ram is on" : "no page sizes, as postcopy-ram is off");
    ramPostcopyAdvised = sizes;
    postcopy = Postcopy.ADVISE;
  }

  private void discard(long offset) throws WireException {
    require(
        postcopy == Postcopy.ADVISE || postcopy == Postcopy.DISCARD,
        offset,
        "POSTCOPY_RAM_DISCARD in state " + postcopy,
        "ADVISE or DISCARD");
    postcopy = Postcopy.DISCARD;
  }

  /**
   * A package carries the devices of a guest that does not run yet. Each takes memory until it is
   * loaded, so a peer that may send many can take all there is.
   */
  private void packaged(long offset, boolean inPackage) throws WireException {
    require(!inPackage, offset, "PACKAGED in a package", "none");
    require(!packaged, offset, "a second PACKAGED", "one");
    require(
        postcopy == Postcopy.ADVISE || postcopy == Postcopy.DISCARD,
        offset,
        "PACKAGED in state " + postcopy,
        "ADVISE or DISCARD");
    packaged = true;
  }

  private void listen(long offset) throws WireException {
    require(
        postcopy == Postcopy.ADVISE || postcopy == Postcopy.DISCARD,
        offset,
        "POSTCOPY_LISTEN in state " + postcopy,
        "ADVISE or DISCARD");
    postcopy = Postcopy.LISTENING;
  }

  private void run(long offset) throws WireException {
    require(
        postcopy == Postcopy.LISTENING, offset, "POSTCOPY_RUN in state " + postcopy, "LISTENING");
    postcopy = Postcopy.RUNNING;
  }

  private static void require(boolean condition, long offset, String found, String allowed)
      throws WireException {
    if (!condition) {
      throw new WireException(WireException.Kind.COMMAND_ORDER, offset, found, allowed);
    }
  }
}
