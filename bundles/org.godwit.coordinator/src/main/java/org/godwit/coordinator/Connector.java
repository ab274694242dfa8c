package org.godwit.coordinator;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * Opens a channel on a thread of its own, because name resolution and handshakes cannot be told to
 * stop: whoever waits can be freed at once, and a channel that comes too late is closed.
 */
final class Connector {
  private final CompletableFuture<Channel> result = new CompletableFuture<>();

  /** Begins to connect. */
  void start(Transport transport, Endpoint peer, TransportOptions options) {
    var _ =
        Thread.ofPlatform()
            .name("godwit-connect " + peer)
            .daemon()
            .start(() -> connect(transport, peer, options));
  }

  private void connect(Transport transport, Endpoint peer, TransportOptions options) {
    try {
      Channel channel = transport.connect(peer, options);
      if (!result.complete(channel)) {
        channel.abort("Nobody waits for this connection any more.");
        channel.close();
      }
    } catch (TransportException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  /** Frees the waiting thread. */
  void abandon(EndCause why) {
    result.completeExceptionally(new EndedException(why));
  }

  /** Waits for the channel; the caller closes it. */
  Channel await() throws TransportException, EndedException, InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case TransportException failure -> throw failure;
        case EndedException ended -> throw ended;
        case RuntimeException bug -> throw bug;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
