package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * A link whose first connection carries nothing more from a certain write on, of the side that uses
 * it, and tells nobody.
 */
final class SilentLink extends ForwardingTransport {
  final CountDownLatch fell = new CountDownLatch(1);
  private final Predicate<byte[]> match;
  private final CountDownLatch tried = new CountDownLatch(1);
  // guarded by this
  private boolean used;
  private boolean alone;
  // volatile: set by whoever aborts, asked by the test
  private volatile boolean aborted;

  SilentLink(Transport inner, Predicate<byte[]> match) {
    super(inner);
    this.match = match;
  }

  /** A link that always holds, and knows whether it was aborted. */
  static SilentLink never(Transport inner) {
    return new SilentLink(inner, written -> false);
  }

  /** No other connection can be made. */
  synchronized SilentLink alone() {
    alone = true;
    return this;
  }

  /** Waits for a second connection that was refused. */
  void awaitTry() throws InterruptedException {
    tried.await();
  }

  /** Whether somebody has given the first connection up. */
  boolean aborted() {
    return aborted;
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    refuseSecond();
    return super.connect(peer, options);
  }

  private synchronized void refuseSecond() throws TransportException {
    if (used && alone) {
      tried.countDown();
      throw new TransportException(TransportException.Reason.REFUSED, "Nobody is there.");
    }
  }

  @Override
  Channel connected(Channel channel) {
    return wrapped(channel);
  }

  @Override
  Channel accepted(Channel channel) {
    return wrapped(channel);
  }

  private synchronized Channel wrapped(Channel channel) {
    boolean first = !used;
    used = true;
    return first ? new Silent(channel) : channel;
  }

  private final class Silent extends ForwardingChannel {
    private boolean silent;

    Silent(Channel channel) {
      super(channel);
    }

    @Override
    public void write(GatherList pieces) throws TransportException {
      silent |= matches(pieces);
      if (silent) {
        fell.countDown();
      } else {
        inner.write(pieces);
      }
    }

    private boolean matches(GatherList pieces) {
      for (int i = 0; i < pieces.count(); i++) {
        MemorySegment piece = pieces.sourceAt(i).asSlice(pieces.offsetAt(i), pieces.lengthAt(i));
        if (match.test(piece.toArray(ValueLayout.JAVA_BYTE))) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void endOutput() throws TransportException {
      if (!silent) {
        inner.endOutput();
      }
    }

    @Override
    public void abort(String why) {
      aborted = true;
      inner.abort(why);
    }
  }
}
