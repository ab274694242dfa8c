package org.godwit.coordinator;

import java.io.IOException;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.TransportException;
import org.godwit.wire.WireException;

/**
 * Who is at fault for a failure, and a sentence about it.
 *
 * @param fault the party that has to change something
 * @param sentence what went wrong
 */
record FailureText(Fault fault, String sentence) {

  static FailureText of(Throwable thrown) {
    return new FailureText(fault(thrown), sentence(thrown));
  }

  private static Fault fault(Throwable thrown) {
    return switch (thrown) {
      case EndedException ended -> fault(ended.why());
      case WireException wire ->
          wire.kind() == WireException.Kind.TRUNCATED ? Fault.LINK : Fault.PEER;
      case TransportException transport -> fault(transport.reason());
      case IOException io -> Fault.LINK;
      case StateException state -> fault(state.fault());
      case RefusedException refused -> Fault.PEER;
      case MachineException machine -> Fault.ENVIRONMENT;
      default -> Fault.LOCAL;
    };
  }

  private static Fault fault(EndCause why) {
    return switch (why) {
      case EndCause.Cancelled c -> Fault.REQUEST;
      case EndCause.GivenUp g -> Fault.REQUEST;
      case EndCause.Paused p -> Fault.REQUEST;
      case EndCause.EngineStopped s -> Fault.LOCAL;
      case EndCause.ServiceGone s -> Fault.LOCAL;
      case EndCause.Stalled s -> Fault.LINK;
      case EndCause.PeerFailed p -> p.fault();
    };
  }

  private static Fault fault(TransportException.Reason reason) {
    return switch (reason) {
      case BAD_ADDRESS -> Fault.REQUEST;
      case UNKNOWN_HOST, REFUSED, TIMEOUT, PEER_GONE, ABORTED -> Fault.LINK;
      case IN_USE, NO_SPACE, ENVIRONMENT -> Fault.ENVIRONMENT;
      case SECURITY -> Fault.PEER;
    };
  }

  private static Fault fault(StateException.Fault fault) {
    return switch (fault) {
      case LOCAL -> Fault.LOCAL;
      case PEER -> Fault.PEER;
      case ENVIRONMENT -> Fault.ENVIRONMENT;
    };
  }

  private static String sentence(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException bug -> "The engine failed: " + bug + ".";
      case Error error -> "The engine failed: " + error + ".";
      default -> message(thrown);
    };
  }

  /** The message as a sentence. */
  static String message(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    return message.endsWith(".") ? message : message + ".";
  }
}
