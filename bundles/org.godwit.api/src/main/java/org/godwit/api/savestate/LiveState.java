package org.godwit.api.savestate;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * State that is sent while the guest runs: RAM and its like (stream format, section 3.3; precopy
 * engine, section 2). One object for one outgoing migration.
 *
 * <p>Used by the sending thread of that migration only.
 */
@ConsumerType
public interface LiveState extends AutoCloseable {

  /** How exact {@link #pending} must be. */
  enum Accuracy {
    /** From what is known; cheap. */
    ESTIMATE,
    /** After asking the machine (bitmap sync). */
    EXACT
  }

  /** Whether a pass over the state has ended. */
  enum Progress {
    /** More to send in this pass. */
    MORE,
    /** Nothing left in this pass. */
    DONE
  }

  /**
   * Name and instance on the wire.
   *
   * @return key
   */
  SectionKey key();

  /**
   * Version on the wire.
   *
   * @return version of the section content
   */
  int version();

  /**
   * Writes the START body and begins tracking changes.
   *
   * @param out body
   * @throws StateException if tracking cannot begin
   * @throws IOException if the channel is broken
   */
  void setup(StateWriter out) throws StateException, IOException;

  /**
   * What is left.
   *
   * @param accuracy how exact
   * @return bytes left
   * @throws StateException if the machine cannot tell
   */
  PendingBytes pending(Accuracy accuracy) throws StateException;

  /**
   * Writes one PART body.
   *
   * @param out body
   * @param budget when to stop
   * @return whether more is left in this pass
   * @throws StateException if the state cannot be had
   * @throws IOException if the channel is broken
   */
  Progress iterate(StateWriter out, Budget budget) throws StateException, IOException;

  /**
   * Writes the END body: everything that is left. The guest is stopped.
   *
   * @param out body
   * @throws StateException if the state cannot be had
   * @throws IOException if the channel is broken
   */
  void complete(StateWriter out) throws StateException, IOException;

  /** Ends tracking and releases memory; never throws, may be called at any time. */
  @Override
  void close();
}
