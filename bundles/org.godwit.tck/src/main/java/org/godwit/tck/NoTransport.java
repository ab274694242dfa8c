package org.godwit.tck;

import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportOptions;

/** Stands where no transport has been made yet; every use is a mistake of the test. */
final class NoTransport implements Transport {
  @Override
  public String scheme() {
    throw new IllegalStateException("no transport was made");
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    throw new IllegalStateException("no transport was made");
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) {
    throw new IllegalStateException("no transport was made");
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) {
    throw new IllegalStateException("no transport was made");
  }
}
