package org.godwit.api.savestate;

import java.io.IOException;
import org.godwit.api.migration.PostcopyStatistics;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Postcopy of a {@link LiveLoad} (postcopy, section 4): its pages may come after the guest runs.
 *
 * <p>Order of calls: {@link #advise}, START and PART bodies, {@link #discard}, {@link #listen},
 * PART and END bodies, {@link #finish}; after a broken connection {@link #pause}, {@link #received}
 * for every block, {@link #resume}. Used by the receiving thread of the moment, except for {@link
 * #urgent}, {@link #urgentExpected}, {@link #abandon} and {@link #statistics}.
 */
@ConsumerType
public interface PostcopyLoad {

  /**
   * ADVISE came: pages may be discarded and be absent later. Page sizes are compared when the block
   * list is known.
   *
   * @param summary bitwise OR of the page sizes of all blocks at the source
   * @param targetPage bytes of a target page at the source
   * @throws StateException if that cannot be the same here
   */
  void advise(long summary, long targetPage) throws StateException;

  /**
   * Forgets pages.
   *
   * @param block name of the block
   * @param offset first byte
   * @param length bytes
   * @throws StateException if there is no such block or range, or the memory refuses
   */
  void discard(String block, long offset, long length) throws StateException;

  /**
   * From now on absent pages are trapped and asked for, and pages that arrive are placed in one
   * step.
   *
   * @param requests whom to ask
   * @throws StateException if pages cannot be trapped
   */
  void listen(PageRequests requests) throws StateException;

  /**
   * Whether the guest may run while pages are absent.
   *
   * @return false if it is a guest at rest, which is complete only after {@link #finish}
   */
  boolean trapped();

  /**
   * Which pages have arrived.
   *
   * @param block name of the block
   * @return bit i (byte i/8, bit i%8) stands for target page i; a multiple of 8 bytes; a copy
   * @throws StateException if there is no such block
   */
  byte[] received(String block) throws StateException;

  /**
   * Whether the preempt channel may bring pages from now on; {@link #finish} waits for them. Any
   * thread.
   *
   * @param expected false once it has ended, or broke
   */
  void urgentExpected(boolean expected);

  /**
   * Reads page records of the preempt channel until its end, beside the receiving thread.
   *
   * @param in the channel
   * @return whether the source marked the end; false if the input just ended
   * @throws StateException if a record is not acceptable
   * @throws IOException if the input breaks
   */
  boolean urgent(StateReader in) throws StateException, IOException;

  /** The connection broke: forgets host pages that came in part; requests are kept. */
  void pause();

  /**
   * The connection is back: asks again for every page that somebody waits for.
   *
   * @param requests whom to ask
   */
  void resume(PageRequests requests);

  /**
   * Everything was sent: waits for what the preempt channel may still bring, checks that nothing is
   * owed and lets everybody touch the memory.
   *
   * @throws StateException if a page was discarded or asked for and never came; nothing has changed
   *     then
   */
  void finish() throws StateException;

  /** The guest is given up: whoever waits for a page fails. Any thread; never throws. */
  void abandon();

  /**
   * Figures; any thread.
   *
   * @return a snapshot
   */
  PostcopyStatistics statistics();
}
