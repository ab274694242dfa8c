package org.godwit.machine.qemu;

/**
 * Hears events of a connection. Called by the connection's event thread, in order; may execute
 * commands on the connection.
 */
@FunctionalInterface
public interface QmpListener {

  /**
   * An event arrived.
   *
   * @param event the event
   */
  void event(QmpEvent event);

  /** No further event will come: the connection is gone. */
  default void closed() {}
}
