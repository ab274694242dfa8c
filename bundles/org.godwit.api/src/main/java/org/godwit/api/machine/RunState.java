package org.godwit.api.machine;

/** Run state of a guest, with the names QEMU uses on the wire ({@code globalstate}) and in QMP. */
public enum RunState {
  /** Never started. */
  PRELAUNCH("prelaunch"),
  /** Waits for, or is receiving, its state. */
  INMIGRATE("inmigrate"),
  /** Executes. */
  RUNNING("running"),
  /** Stopped by a user. */
  PAUSED("paused"),
  /** Stopped by the engine to finish a migration. */
  FINISH_MIGRATE("finish-migrate"),
  /** Its state was given away; must not run again unless it comes back. */
  POSTMIGRATE("postmigrate"),
  /** Stopped by an error of the machine itself. */
  INTERNAL_ERROR("internal-error"),
  /** Powered off. */
  SHUTDOWN("shutdown");

  private final String wireName;

  RunState(String wireName) {
    this.wireName = wireName;
  }

  /**
   * Name on the wire and in QMP.
   *
   * @return lower case name with dashes
   */
  public String wireName() {
    return wireName;
  }
}
