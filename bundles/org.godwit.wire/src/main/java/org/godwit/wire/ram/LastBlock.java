package org.godwit.wire.ram;

/**
 * The block that CONTINUE refers to, on one channel (stream-format 4.3). Survives section
 * boundaries, packages and COLO checkpoints. Belongs to the thread of its channel and direction.
 */
public final class LastBlock {

  private static final int NONE = -1;

  private int index = NONE;

  /** No block was named yet. */
  public LastBlock() {}

  /** Index of the block in its {@link RamBlockList}, or -1. */
  public int index() {
    return index;
  }

  /**
   * Remembers a block.
   *
   * @param block index in its {@link RamBlockList}
   */
  public void set(int block) {
    index = block;
  }

  /**
   * Makes the next record carry a name: at the switchover to postcopy, after a resume, when the
   * list of blocks changed.
   */
  public void forget() {
    index = NONE;
  }
}
