package org.godwit.api.savestate;

import java.io.IOException;
import org.godwit.api.machine.RunState;
import org.osgi.annotation.versioning.ConsumerType;

/** Loads the devices of one machine. Used by the receiving thread. */
@ConsumerType
public interface DeviceLoader {

  /**
   * Whether the loader wants everything from the first FULL section to the end of the stream
   * ({@link #loadRest}), because it does not know the devices.
   *
   * @return true if {@link #loadRest} is to be called, false if {@link #load}
   */
  boolean takesRest();

  /**
   * Loads one section body.
   *
   * @param key name and instance
   * @param version section version
   * @param in body; exactly the body must be consumed
   * @throws StateException if the device is unknown or the content not acceptable
   * @throws IOException if the input ends
   */
  void load(SectionKey key, int version, StateReader in) throws StateException, IOException;

  /**
   * Loads the body of a section that came before the live state. A loader that knows its devices
   * need not care where a section comes (the default).
   *
   * @param key name and instance
   * @param version section version
   * @param id section id, which the footer repeats
   * @param in body; exactly the body must be consumed
   * @throws StateException if the device is unknown or the content not acceptable
   * @throws IOException if the input ends
   */
  default void loadEarly(SectionKey key, int version, long id, StateReader in)
      throws StateException, IOException {
    load(key, version, in);
  }

  /**
   * Reads everything from the type byte of the first FULL section to the end of the vmdescription
   * (or of the input), and keeps it.
   *
   * @param in the rest of the stream
   * @throws StateException if it cannot be cut into sections, or not be kept
   * @throws IOException if the input ends too early
   */
  void loadRest(StateReader in) throws StateException, IOException;

  /**
   * Reads FULL sections, which stand back to back in memory, up to what is no FULL section, and
   * keeps them. Called instead of {@link #loadRest} where the end of the sections is known: in a
   * package (commands and return path, section 2.7).
   *
   * @param in a reader whose whole rest is {@link StateReader#available}
   * @throws StateException if it cannot be cut into sections, or not be kept
   * @throws IOException if a section is not complete
   */
  default void loadPackaged(StateReader in) throws StateException, IOException {
    throw new UnsupportedOperationException("This loader takes sections one by one.");
  }

  /**
   * Run state of the source when it stopped, as {@code globalstate} told.
   *
   * @return {@link RunState#RUNNING} if the stream does not tell
   */
  RunState sourceRunState();
}
