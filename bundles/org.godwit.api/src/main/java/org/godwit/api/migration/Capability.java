package org.godwit.api.migration;

import java.util.Arrays;
import java.util.Optional;

/**
 * Capabilities with QEMU's names (precopy engine, section 6). All are off by default, except {@link
 * #RETURN_PATH}, which Godwit has on: without it nobody can prove who owns the guest.
 *
 * <p>That a capability has a name here does not mean that this installation can do it: a {@link
 * CapabilityRule} of the feature that brings it must be present.
 */
public enum Capability {
  /** Delta encoding. */
  XBZRLE("xbzrle"),
  /** RDMA. */
  RDMA_PIN_ALL("rdma-pin-all"),
  /** Throttling of a guest that dirties too fast. */
  AUTO_CONVERGE("auto-converge"),
  /** Storage migration; without effect. */
  ZERO_BLOCKS("zero-blocks"),
  /** Page compression of older releases. */
  COMPRESS("compress"),
  /** Events for status and passes. */
  EVENTS("events"),
  /** Postcopy. */
  POSTCOPY_RAM("postcopy-ram", "x-postcopy-ram"),
  /** COLO. */
  COLO("x-colo", "colo"),
  /** The source frees pages during postcopy when the destination has confirmed them. */
  RELEASE_RAM("release-ram"),
  /** Return path also in precopy. */
  RETURN_PATH("return-path"),
  /** Wait for {@code migrate-continue} after the guest was stopped. */
  PAUSE_BEFORE_SWITCHOVER("pause-before-switchover"),
  /** Extra channels. */
  MULTIFD("multifd", "x-multifd"),
  /** Block dirty bitmaps. */
  DIRTY_BITMAPS("dirty-bitmaps"),
  /** Accounting of fault time. */
  POSTCOPY_BLOCKTIME("postcopy-blocktime"),
  /** Block devices stay inactive until the guest starts. */
  LATE_BLOCK_ACTIVATE("late-block-activate"),
  /** Shared memory is not sent. */
  IGNORE_SHARED("x-ignore-shared"),
  /** UUID in the configuration. */
  VALIDATE_UUID("validate-uuid"),
  /** Snapshot by write tracking. */
  BACKGROUND_SNAPSHOT("background-snapshot"),
  /** MSG_ZEROCOPY on multifd. */
  ZERO_COPY_SEND("zero-copy-send"),
  /** Preempt channel. */
  POSTCOPY_PREEMPT("postcopy-preempt"),
  /** Acknowledgement before switchover. */
  SWITCHOVER_ACK("switchover-ack"),
  /** Quota of dirtying for each vCPU. */
  DIRTY_LIMIT("dirty-limit"),
  /** File layout with fixed page places. */
  MAPPED_RAM("mapped-ram");

  private final String wireName;
  private final String alias;

  Capability(String wireName) {
    this(wireName, wireName);
  }

  Capability(String wireName, String alias) {
    this.wireName = wireName;
    this.alias = alias;
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
   * Whether it is on in fresh settings.
   *
   * @return true for {@link #RETURN_PATH} only
   */
  public boolean onByDefault() {
    return this == RETURN_PATH;
  }

  /**
   * Finds a capability by its name or an older name.
   *
   * @param name QMP name
   * @return empty if there is none
   */
  public static Optional<Capability> find(String name) {
    return Arrays.stream(values())
        .filter(c -> c.wireName.equals(name) || c.alias.equals(name))
        .findFirst();
  }
}
