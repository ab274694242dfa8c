package org.godwit.coordinator;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/** A transport whose connect waits, deaf to everything, until the test lets it go. */
record SlowConnect(Transport inner, CountDownLatch connecting, CountDownLatch released)
    implements Transport {
  @Override
  public String scheme() {
    return inner.scheme();
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return inner.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    connecting.countDown();
    boolean done = false;
    while (!done) {
      try {
        released.await();
        done = true;
      } catch (InterruptedException e) {
        // deaf
      }
    }
    return inner.connect(peer, options);
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    return inner.listen(local, options);
  }
}
