package org.godwit.api.migration;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * Status of a migration with QEMU's names (precopy engine, section 1; postcopy, section 2).
 *
 * <p>{@link #next()} lists every legal transition; the engine makes no other.
 */
public enum MigrationStatus {
  /** Nothing yet. To {@link #SETUP}. */
  NONE("none"),
  /** Connecting, setup sections. To {@link #ACTIVE}, {@link #CANCELLING}, {@link #FAILED}. */
  SETUP("setup"),
  /**
   * Iterations while the guest runs at the source; at the destination: loading. Back to {@link
   * #SETUP} only at a destination whose peer failed and which waits for the next one.
   */
  ACTIVE("active"),
  /** Guest stopped, waits for {@code migrate-continue}. */
  PRE_SWITCHOVER("pre-switchover"),
  /**
   * Guest stopped, rest of RAM (precopy) and device state are sent; who owns the guest is being
   * decided.
   */
  DEVICE("device"),
  /** Postcopy: the guest runs at the destination, its memory follows. */
  POSTCOPY_ACTIVE("postcopy-active"),
  /**
   * Postcopy: the link is broken; both halves are kept. The guest runs at the destination until it
   * touches a missing page.
   */
  POSTCOPY_PAUSED("postcopy-paused"),
  /** Postcopy, source only: connecting again. */
  POSTCOPY_RECOVER_SETUP("postcopy-recover-setup"),
  /** Postcopy: the halves tell each other on a new connection which pages arrived. */
  POSTCOPY_RECOVER("postcopy-recover"),
  /** Being cancelled. To {@link #CANCELLED}, or {@link #FAILED} if that is what happened first. */
  CANCELLING("cancelling"),
  /** Ended by the user; the guest is at the source. */
  CANCELLED("cancelled"),
  /** Ended by an error; {@link GuestLocation} tells where the guest is. */
  FAILED("failed"),
  /** The guest is at the destination. */
  COMPLETED("completed");

  private final String wireName;

  MigrationStatus(String wireName) {
    this.wireName = wireName;
  }

  /**
   * Name in QMP.
   *
   * @return lower case with dashes
   */
  public String wireName() {
    return wireName;
  }

  /**
   * Status with a QMP name.
   *
   * @param name lower case with dashes
   * @return the status
   * @throws IllegalArgumentException if there is none
   */
  public static MigrationStatus of(String name) {
    return Arrays.stream(values())
        .filter(s -> s.wireName.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No migration status \"" + name + "\""));
  }

  /**
   * Statuses that may follow this one.
   *
   * @return empty for a final status
   */
  public Set<MigrationStatus> next() {
    return switch (this) {
      case NONE -> EnumSet.of(SETUP);
      case SETUP -> EnumSet.of(ACTIVE, POSTCOPY_RECOVER_SETUP, CANCELLING, FAILED);
      case ACTIVE ->
          EnumSet.of(SETUP, PRE_SWITCHOVER, DEVICE, POSTCOPY_ACTIVE, COMPLETED, CANCELLING, FAILED);
      case PRE_SWITCHOVER -> EnumSet.of(DEVICE, CANCELLING, FAILED);
      case DEVICE -> EnumSet.of(POSTCOPY_ACTIVE, POSTCOPY_PAUSED, COMPLETED, CANCELLING, FAILED);
      case POSTCOPY_ACTIVE -> EnumSet.of(POSTCOPY_PAUSED, COMPLETED, FAILED);
      case POSTCOPY_PAUSED -> EnumSet.of(POSTCOPY_RECOVER_SETUP, POSTCOPY_RECOVER, FAILED);
      case POSTCOPY_RECOVER_SETUP -> EnumSet.of(POSTCOPY_RECOVER, POSTCOPY_PAUSED, FAILED);
      case POSTCOPY_RECOVER -> EnumSet.of(POSTCOPY_ACTIVE, POSTCOPY_PAUSED, FAILED);
      case CANCELLING -> EnumSet.of(CANCELLED, FAILED);
      case CANCELLED, FAILED, COMPLETED -> EnumSet.noneOf(MigrationStatus.class);
    };
  }

  /**
   * Whether the migration has ended.
   *
   * @return true for completed, failed and cancelled
   */
  public boolean isFinal() {
    return this != NONE && next().isEmpty();
  }
}
