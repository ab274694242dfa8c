package org.godwit.api.transport;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One connection between two ends of a migration.
 *
 * <p>One thread writes and one reads, at the same time; {@link #abort} may be called by any thread
 * at any time and makes both return at once. Blocking calls may block their carrier: use platform
 * threads.
 */
@ConsumerType
public interface Channel extends AutoCloseable {

  /**
   * Whether the other direction exists (return path).
   *
   * @return false for files and pipes
   */
  boolean bidirectional();

  /**
   * Name of the other end, for messages and logs.
   *
   * @return for example {@code tcp:127.0.0.1:4444}
   */
  String peer();

  /**
   * Writes all pieces in order; returns when the bytes are with the operating system.
   *
   * @param pieces what to write; not changed
   * @throws TransportException if not everything could be written, or nothing was for longer than
   *     the input/output timeout
   */
  void write(GatherList pieces) throws TransportException;

  /**
   * Reads at least one byte.
   *
   * @param into native memory
   * @param offset first byte
   * @param length room, more than 0
   * @return bytes read, or -1 if the peer ended its direction in order
   * @throws TransportException if the connection broke, was aborted, or nothing came for longer
   *     than the input/output timeout
   */
  int read(MemorySegment into, long offset, long length) throws TransportException;

  /**
   * From now on somebody waits for the answer to each small message, as a guest does for its pages:
   * nothing that was read or written shall be held back to save packets. Cannot be taken back. Does
   * nothing where nothing is held back.
   *
   * @throws TransportException if the connection is broken
   */
  default void preferLatency() throws TransportException {}

  /**
   * Tells the peer that nothing more will be written; reading goes on.
   *
   * @throws TransportException if the connection is broken
   */
  void endOutput() throws TransportException;

  /**
   * Breaks the connection: blocked and later calls fail with {@link
   * TransportException.Reason#ABORTED}. Never blocks, never throws; a second call does nothing.
   *
   * @param why for the log and for the error message of the calls that end
   */
  void abort(String why);

  /** Ends the connection in order and releases it. Never throws; a second call does nothing. */
  @Override
  void close();
}
