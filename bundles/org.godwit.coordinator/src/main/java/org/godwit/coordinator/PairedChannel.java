package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.TransportException;

/**
 * The main connection of a migration, with the preempt channel that may join it: what breaks one
 * breaks both (postcopy, section 6). Threads: as {@link Channel} says; any thread may {@link
 * #join}.
 */
final class PairedChannel implements Channel {
  private final Channel main;
  private final Optional<PeerQueue> peers;
  // all guarded by this
  private Optional<Channel> second = Optional.empty();
  private Optional<String> aborted = Optional.empty();
  private boolean closed;

  /**
   * A connection that is still alone.
   *
   * @param main the connection
   * @param peers where the other one comes in; empty at the source, which makes it
   */
  PairedChannel(Channel main, Optional<PeerQueue> peers) {
    this.main = main;
    this.peers = peers;
  }

  /** Where the preempt channel comes in. */
  Optional<PeerQueue> peers() {
    return peers;
  }

  /** Another channel shares the fate of this one from now on. */
  void join(Channel channel) {
    Optional<String> why;
    boolean late;
    synchronized (this) {
      second = Optional.of(channel);
      why = aborted;
      late = closed;
    }
    why.ifPresent(channel::abort);
    if (late) {
      channel.close();
    }
  }

  /** Breaks the other channel alone. */
  void abortSecond(String why) {
    second().ifPresent(channel -> channel.abort(why));
  }

  private synchronized Optional<Channel> second() {
    return second;
  }

  @Override
  public boolean bidirectional() {
    return main.bidirectional();
  }

  @Override
  public String peer() {
    return main.peer();
  }

  @Override
  public void write(GatherList pieces) throws TransportException {
    main.write(pieces);
  }

  @Override
  public int read(MemorySegment into, long offset, long length) throws TransportException {
    return main.read(into, offset, length);
  }

  @Override
  public void preferLatency() throws TransportException {
    main.preferLatency();
  }

  @Override
  public void endOutput() throws TransportException {
    main.endOutput();
  }

  @Override
  public void abort(String why) {
    synchronized (this) {
      aborted = aborted.or(() -> Optional.of(why));
    }
    main.abort(why);
    abortSecond(why);
    // whoever waits for the other channel waits in vain
    peers.ifPresent(PeerQueue::wake);
  }

  /** Whether it was broken from here. */
  synchronized boolean aborted() {
    return aborted.isPresent();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    main.close();
    second().ifPresent(Channel::close);
  }
}
