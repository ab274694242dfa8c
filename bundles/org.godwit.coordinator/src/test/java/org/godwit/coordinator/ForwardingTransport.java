package org.godwit.coordinator;

import java.util.Optional;
import java.util.function.Consumer;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * A transport that does what another one does, for tests that want its channels, or a part of it,
 * to be different.
 */
class ForwardingTransport implements Transport {
  final Transport inner;

  ForwardingTransport(Transport inner) {
    this.inner = inner;
  }

  /** What a channel becomes that was connected. */
  Channel connected(Channel channel) {
    return channel;
  }

  /** What a channel becomes that was accepted. */
  Channel accepted(Channel channel) {
    return channel;
  }

  /** Somebody listens to what a server turns away. */
  void onRefused(ChannelServer server, Consumer<TransportException> listener) {
    server.onRefused(listener);
  }

  /** A server was closed. */
  void serverClosed() {}

  @Override
  public String scheme() {
    return inner.scheme();
  }

  @Override
  public boolean reconnectable() {
    return inner.reconnectable();
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return inner.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    return connected(inner.connect(peer, options));
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    ChannelServer server = inner.listen(local, options);
    return new ChannelServer() {
      @Override
      public Endpoint local() {
        return server.local();
      }

      @Override
      public Channel accept() throws TransportException {
        return accepted(server.accept());
      }

      @Override
      public void onRefused(Consumer<TransportException> listener) {
        ForwardingTransport.this.onRefused(server, listener);
      }

      @Override
      public void close() {
        server.close();
        serverClosed();
      }
    };
  }
}
