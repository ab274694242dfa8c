package org.godwit.api.savestate;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Live state whose rest can follow when the guest already runs at the destination (postcopy,
 * sections 3, 5 and 7). Up to {@link #switchOver} it behaves as any live state, except that what it
 * has to send counts as {@link PendingBytes#canPostcopy()}.
 *
 * <p>After {@link #switchOver}, {@link #iterate} sends requested pages first, whatever the budget
 * says, and the others while the budget lasts; each page at most once, and all target pages of a
 * host page back to back. {@link #pending} needs no look at the machine any more, and {@link
 * #complete} sends what is left.
 *
 * <p>Used by the sending thread, except {@link #request}, which any thread may call, and {@link
 * #deliver}.
 */
@ConsumerType
public interface PostcopyState extends LiveState {

  /** Is told which pages the destination must forget. */
  @FunctionalInterface
  interface DiscardSink {
    /**
     * A range that is not up to date at the destination.
     *
     * @param block name of the block
     * @param start first byte in the block, a multiple of the block's page size
     * @param length bytes, a multiple of the block's page size
     * @throws IOException if the channel is broken
     */
    void discard(String block, long start, long length) throws IOException;
  }

  /**
   * What recovery has to ask for.
   *
   * @param name name on the wire
   * @param pages number of target pages, which is the number of valid bits
   */
  record Block(String name, long pages) {}

  /**
   * Page sizes for ADVISE (commands, section 2.3).
   *
   * @return bitwise OR of the page sizes of all blocks, bytes
   */
  long pageSizes();

  /**
   * The guest was stopped and will go on elsewhere: looks a last time at what was written, enlarges
   * that to whole host pages, tells it to the sink block by block in ascending order, and begins
   * the scan anew.
   *
   * @param sink hears the ranges
   * @throws StateException if the machine cannot tell what was written
   * @throws IOException if the channel is broken
   */
  void switchOver(DiscardSink sink) throws StateException, IOException;

  /**
   * The destination asks for pages (commands, section 3.1). What was sent or asked for before is
   * dropped; memory stays bounded by the number of pages, however many requests come.
   *
   * @param block name of the block
   * @param start first byte in the block
   * @param length bytes
   * @throws StateException with fault PEER for a block that does not exist, a range outside of it,
   *     or one that is not made of whole pages of the block
   */
  void request(String block, long start, long length) throws StateException;

  /**
   * From now on pages that were asked for go to a channel of their own, as bare records without
   * sections (postcopy, section 6), and by {@link #deliver} alone. Begins anew if called again; no
   * thread is in {@link #deliver} then.
   *
   * @param out the channel
   */
  void urgentChannel(StateWriter out);

  /**
   * Sends all that was asked for over that channel, beside whatever another thread sends: no page
   * goes out twice, and all of it has been handed to the channel when this returns. For one thread
   * at a time.
   *
   * @throws StateException if memory cannot be read
   * @throws IOException if the channel is broken
   */
  void deliver() throws StateException, IOException;

  /**
   * Ends that channel with an EOS record, as releases up to 7.2 want it.
   *
   * @throws IOException if the channel is broken
   */
  void endUrgentChannel() throws IOException;

  /**
   * Whether a page that was asked for waits to be sent by {@link #iterate}.
   *
   * @return true if that should be called whatever the rate limit says; never with a channel of its
   *     own
   */
  boolean urgent();

  /**
   * Blocks whose received pages a recovery has to ask for, in stream order.
   *
   * @return blocks with at least one page
   */
  List<Block> blocks();

  /**
   * What the destination has of a block; everything else of it is to be sent again, and nothing of
   * what it has. Requests made before are forgotten.
   *
   * @param block name of the block
   * @param bitmap bit i (byte i/8, bit i%8) stands for target page i; bits behind the last page are
   *     ignored
   * @throws StateException with fault PEER if there is no such block, the bitmap has not the size
   *     of one of it (8 bytes for each 64 pages begun), or it lacks a page that the destination had
   *     confirmed and that was {@linkplain #release() released} since
   */
  void received(String block, byte[] bitmap) throws StateException;

  /**
   * All blocks were told to {@link #received}: begins the scan anew on a new connection, on which
   * nothing was named yet. Requests are taken from now on.
   *
   * @throws StateException if a block was not told
   */
  void resume() throws StateException;

  /**
   * Capability {@code release-ram}: notes what was sent over the main channel up to now and not
   * confirmed, as what the next {@link #confirmed()} is about. The caller then sends a PING, which
   * the destination answers when it has all that was sent before.
   *
   * @return whether there is anything to confirm; false also while a confirmation is due, and
   *     always without the capability
   */
  boolean awaitConfirmation();

  /**
   * The destination has what {@link #awaitConfirmation()} noted, and the guest has left for good:
   * its memory may be {@linkplain #release() released}.
   */
  void confirmed();

  /** The destination has everything, and the guest has left for good. */
  void allConfirmed();

  /**
   * Gives some memory of confirmed pages back to the host, never of others: a page that was sent
   * and not confirmed may have been lost with the link, and a recovery wants it again.
   *
   * @return whether more is left to be released
   */
  boolean release();
}
