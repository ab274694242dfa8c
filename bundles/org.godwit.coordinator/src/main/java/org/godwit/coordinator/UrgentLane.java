package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/**
 * The preempt channel of one connection at the destination: takes the second connection of the
 * source whenever it comes, and places its pages from LISTEN on (postcopy, section 6). If it breaks
 * or ends early, it takes the main connection with it; one on which nothing came was somebody
 * else's.
 *
 * <p>A platform thread of its own accepts and reads; the receiving thread does the rest.
 */
final class UrgentLane implements AutoCloseable {
  private static final int STAGING = 128 << 10;

  private final PairedChannel main;
  private final PeerQueue peers;
  private final Thread thread;
  // volatile: set under the lock of this, looked at under that of the queue
  private volatile boolean retired;
  // all guarded by this
  private Optional<PostcopyLoad> load = Optional.empty();
  private boolean ended;
  private boolean mayEnd;

  private UrgentLane(PairedChannel main, PeerQueue peers) {
    this.main = main;
    this.peers = peers;
    this.thread =
        Thread.ofPlatform().name("godwit-preempt-" + main.peer()).daemon().unstarted(this::run);
  }

  /** The lane beside a connection, if a second one may come. */
  static Optional<UrgentLane> beside(Channel main) {
    return main instanceof PairedChannel paired
        ? paired.peers().map(peers -> new UrgentLane(paired, peers))
        : Optional.empty();
  }

  /** Begins to wait for the second connection. */
  void start() {
    thread.start();
  }

  private void run() {
    try {
      boolean more = true;
      while (more) {
        Optional<Channel> second = second();
        more = second.isPresent() && !use(second.get());
      }
    } catch (IOException | StateException | RuntimeException | Error e) {
      fail("The preempt channel broke. " + FailureText.of(e).sentence());
    } finally {
      end();
    }
  }

  /** False if it was not the source's: nothing came on it. */
  private boolean use(Channel second) throws IOException, StateException {
    main.join(second);
    Optional<PostcopyLoad> to = awaitLoad();
    if (to.isEmpty() || read(second, to.get())) {
      return true;
    }
    second.close();
    return false;
  }

  private Optional<Channel> second() {
    try {
      return peers.next(() -> retired || main.aborted());
    } catch (TransportException e) {
      // nobody can come any more; a source that does not need the channel goes on without
      return Optional.empty();
    }
  }

  private synchronized Optional<PostcopyLoad> awaitLoad() {
    try {
      while (load.isEmpty() && !retired) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return retired ? Optional.empty() : load;
  }

  private boolean read(Channel second, PostcopyLoad to) throws IOException, StateException {
    // nothing comes here for long times: its reads are not "bytes due"
    try (ChannelReader in = new ChannelReader(second, STAGING, new StallWatch())) {
      if (silent(in)) {
        return false;
      }
      if (!to.urgent(in)) {
        fail("The source closed the preempt channel before the migration was complete.");
      }
      return true;
    }
  }

  /** Whoever only looks whether somebody listens here says nothing, and is no reason to pause. */
  private boolean silent(ChannelReader in) throws IOException {
    try {
      return !in.waitForMore();
    } catch (IOException e) {
      if (main.aborted()) {
        throw e;
      }
      return true;
    }
  }

  private void fail(String sentence) {
    synchronized (this) {
      if (mayEnd) {
        return;
      }
    }
    main.abort(sentence);
  }

  private synchronized void end() {
    ended = true;
    load.ifPresent(to -> to.urgentExpected(false));
  }

  /** Pages may be placed from now on. */
  synchronized void serve(PostcopyLoad to) {
    load = Optional.of(to);
    to.urgentExpected(!ended);
    notifyAll();
  }

  /** Everything is here: the channel may end as it likes. */
  synchronized void complete() {
    mayEnd = true;
  }

  /** No second connection is waited for any more. */
  void retire() {
    synchronized (this) {
      mayEnd = true;
      retired = true;
      notifyAll();
    }
    peers.wake();
  }

  /** Breaks the channel and waits for its thread, which ends at once. */
  @Override
  public void close() {
    retire();
    main.abortSecond("The migration does not need the preempt channel any more.");
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // the memory that it writes to must not go under it
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
