package org.godwit.api.userfault;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.godwit.api.machine.GuestMemory;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Takes over the page faults of virtual machine monitors in other processes; a service of <code>
 * userfault.handover</code>. Thread-safe.
 *
 * <p>The other process maps its guest's memory, traps it, connects to a UNIX socket and sends its
 * userfaultfd together with a table of its regions, as Firecracker does when it loads a snapshot
 * with the memory backend {@code Uffd}.
 */
@ProviderType
public interface FaultHandover {
  /**
   * Listens on a socket and serves the one process that connects to it: each page that its guest
   * touches is read from a file.
   *
   * @param socket path of the socket; a stale one of a listener that died is replaced; removed when
   *     the process has connected
   * @param memory file with the guest's memory, for instance {@code ram-0.bin} of an image; holes
   *     are zeros; must not change
   * @param pace what is placed besides pages that are touched
   * @return the service of that process, which waits for it to connect; the caller closes it
   * @throws UserfaultException if the file cannot be read or the socket not be made
   */
  Served serve(Path socket, Path memory, Pace pace) throws UserfaultException;

  /**
   * Listens on a socket and serves every process that connects to it, all from one file, until it
   * is closed. They share what the host's page cache holds of the file.
   *
   * @param socket path of the socket; a stale one of a listener that died is replaced
   * @param memory as for {@link #serve}
   * @param pace what is placed besides pages that are touched
   * @param came told of each process that has connected, before anything is known of it; quick
   * @return the offer; the caller closes it
   * @throws UserfaultException if the file cannot be read or the socket not be made
   */
  Offer offer(Path socket, Path memory, Pace pace, Consumer<Served> came) throws UserfaultException;

  /**
   * Listens on a socket and waits for one process, whose pages the caller is going to place.
   *
   * @param socket path of the socket, which must not exist; removed when the process has connected
   * @param patience how long to wait for the process to connect; {@link Duration#ZERO} for no bound
   * @return what the process handed over
   * @throws UserfaultException if the socket cannot be made, what comes is no handover, nobody
   *     comes in time, or the service's bundle is stopped
   */
  Taken take(Path socket, Duration patience) throws UserfaultException;

  /**
   * Memory of another process.
   *
   * @param session to which the memory can be added; it is trapped already. Closed by the caller:
   *     what has not arrived then reads as zero
   * @param memory the regions, by address
   * @param offsets of the regions' first bytes in the guest's memory file, same order
   */
  record Taken(UserfaultSession session, List<GuestMemory.Foreign> memory, List<Long> offsets) {}

  /**
   * What is placed besides pages that are touched.
   *
   * @param readAhead bytes that are placed at once where a page is touched: it and those behind it
   *     that are absent too; 0 for the page alone
   * @param fillPerSecond bytes a second that are placed while nobody waits, from the beginning of
   *     memory, until the process has all its pages; 0 for none
   */
  record Pace(long readAhead, long fillPerSecond) {
    /** Most bytes that are placed at once. */
    public static final long MAX_READ_AHEAD = 2L << 20;

    /** What is used where nothing is said: few faults of a guest that reads in order. */
    public static final Pace DEFAULT = new Pace(64 << 10, 0);

    /** Checks the values. */
    public Pace {
      if (readAhead < 0 || readAhead > MAX_READ_AHEAD) {
        throw new IllegalArgumentException(
            "read-ahead of %d bytes is not between 0 and %d".formatted(readAhead, MAX_READ_AHEAD));
      }
      if (fillPerSecond < 0) {
        throw new IllegalArgumentException("filling by " + fillPerSecond + " bytes a second");
      }
    }
  }

  /** A socket at which processes are served. */
  @ProviderType
  interface Offer extends AutoCloseable {
    /**
     * Completed when nobody is let in any more: normally by {@link #close()}, exceptionally with a
     * {@link UserfaultException} when the socket broke. Who was let in is served all the same.
     *
     * @return completes once
     */
    CompletionStage<Void> shut();

    /** Lets nobody in any more and {@linkplain Served#close() closes} all that are served. */
    @Override
    void close();
  }

  /** One process that is served, and its pages. */
  @ProviderType
  interface Served extends AutoCloseable {
    /**
     * What happened so far.
     *
     * @return a snapshot
     */
    Statistics statistics();

    /**
     * Completed when the process has handed its faults over, exceptionally with a {@link
     * UserfaultException} when it was refused.
     *
     * @return completes once, with the number of the process
     */
    CompletionStage<Long> arrived();

    /**
     * Completed when there is nothing left to serve: normally when the process has ended or has all
     * its pages, exceptionally with a {@link UserfaultException} when it was refused or its pages
     * cannot be read any more. Its guest then stands still at the next missing page.
     *
     * @return completes once
     */
    CompletionStage<Void> ended();

    /**
     * Places every page that has not been placed yet and ends the trap, so that the process needs
     * nobody any more. Returns at once; {@link #ended()} tells when it is done. Does nothing before
     * the process has connected.
     */
    void fill();

    /**
     * Ends the service. A process that is connected first gets all its pages, because a page that
     * nobody serves stops its guest for good; where they cannot be read, its descriptor stays open
     * until it has ended, because closing it might fill its memory with zeros. Never throws; a
     * second call does nothing.
     */
    @Override
    void close();
  }

  /**
   * Figures of one process.
   *
   * @param process its number, empty until it has handed its faults over
   * @param bytes size of its memory, 0 until then
   * @param placedBytes memory that it need not wait for: placed, or given back
   * @param faults how often its threads waited
   * @param pages pages placed with content, touched or not
   * @param zeroPages pages placed as zeros on demand: holes, and what was given back before
   * @param removedBytes memory that the process gave back (balloon)
   */
  record Statistics(
      OptionalLong process,
      long bytes,
      long placedBytes,
      long faults,
      long pages,
      long zeroPages,
      long removedBytes) {}
}
