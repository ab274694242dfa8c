package org.godwit.api.migration;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * Status of a migration with QEMU's names (precopy engine, section 1).
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
  /** Guest stopped, rest of RAM and device state are sent; who owns the guest is being decided. */
  DEVICE("device"),
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
      case SETUP -> EnumSet.of(ACTIVE, CANCELLING, FAILED);
      case ACTIVE -> EnumSet.of(SETUP, PRE_SWITCHOVER, DEVICE, COMPLETED, CANCELLING, FAILED);
      case PRE_SWITCHOVER -> EnumSet.of(DEVICE, CANCELLING, FAILED);
      case DEVICE -> EnumSet.of(COMPLETED, CANCELLING, FAILED);
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
