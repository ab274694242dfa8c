package org.godwit.wire;

import java.util.Set;

/**
 * What the stream alone does not tell its reader. Immutable.
 *
 * @param header whether a file header starts the stream (not on a recovery connection, 8.5)
 * @param configuration whether a configuration section must follow it (not for machine types of 2.3
 *     and older, 9)
 * @param footers whether sections end with a footer (same machine types)
 * @param returnPath whether this side can open a return path; {@code PING} is refused without one
 * @param capabilities names of the capabilities that are on at this side, e.g. {@code postcopy-ram}
 * @param knownIterables idstr of the sections that may come as START, PART and END
 * @param limits what to accept at most
 */
public record ReaderOptions(
    boolean header,
    boolean configuration,
    boolean footers,
    boolean returnPath,
    Set<String> capabilities,
    Set<String> knownIterables,
    Limits limits) {

  /** A stream of a present machine type, no capabilities, {@code ram} and {@code dirty-bitmap}. */
  public static final ReaderOptions DEFAULT =
      new ReaderOptions(
          true, true, true, true, Set.of(), Set.of("ram", "dirty-bitmap"), Limits.DEFAULT);

  /** Copies the sets. */
  public ReaderOptions {
    capabilities = Set.copyOf(capabilities);
    knownIterables = Set.copyOf(knownIterables);
  }

  /** Options for machine types of 2.3 and older: no configuration, no footers (9). */
  public ReaderOptions forOldMachine() {
    return new ReaderOptions(
        header, false, false, returnPath, capabilities, knownIterables, limits);
  }

  /** Options for the second connection of a postcopy recovery: no header (8.5). */
  public ReaderOptions forRecovery() {
    return new ReaderOptions(
        false, false, footers, returnPath, capabilities, knownIterables, limits);
  }

  /**
   * The same with other capabilities.
   *
   * @param names QEMU's names
   */
  public ReaderOptions withCapabilities(Set<String> names) {
    return new ReaderOptions(
        header, configuration, footers, returnPath, names, knownIterables, limits);
  }

  /**
   * The same with or without the possibility of a return path.
   *
   * @param possible whether the reverse direction exists
   */
  public ReaderOptions withReturnPath(boolean possible) {
    return new ReaderOptions(
        header, configuration, footers, possible, capabilities, knownIterables, limits);
  }

  /**
   * The same with other limits.
   *
   * @param other what to accept at most
   */
  public ReaderOptions withLimits(Limits other) {
    return new ReaderOptions(
        header, configuration, footers, returnPath, capabilities, knownIterables, other);
  }
}
