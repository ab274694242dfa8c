package org.godwit.api.savestate;

import java.io.IOException;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** Receiving half of a {@link LiveState}. One object for one incoming migration, one thread. */
@ConsumerType
public interface LiveLoad extends AutoCloseable {

  /** Which part of the life of an iterable section a body belongs to. */
  enum Part {
    /** SECTION_START. */
    START,
    /** SECTION_PART. */
    PART,
    /** SECTION_END. */
    END
  }

  /**
   * Name and instance on the wire.
   *
   * @return key
   */
  SectionKey key();

  /**
   * Whether a section version can be loaded.
   *
   * @param version version on the wire
   * @return true if it can
   */
  boolean accepts(int version);

  /**
   * Reads one body.
   *
   * @param part which part
   * @param in body
   * @throws StateException if the content is not acceptable
   * @throws IOException if the input ends or is malformed
   */
  void load(Part part, StateReader in) throws StateException, IOException;

  /**
   * The part of this state that postcopy needs.
   *
   * @return empty if this state cannot arrive after the guest runs, which is what this method
   *     answers unless it is overridden
   */
  default Optional<PostcopyLoad> postcopy() {
    return Optional.empty();
  }

  /** Releases memory; never throws. */
  @Override
  void close();
}
