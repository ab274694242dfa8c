package org.godwit.coordinator;

import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * Every second connection of a source leads nowhere, and one of them cannot be made; 0: all can.
 */
class SecondChannels extends ForwardingTransport {
  private final int failing;
  private final AtomicInteger made = new AtomicInteger();

  SecondChannels(Transport inner, int failing) {
    super(inner);
    this.failing = failing;
  }

  /** Something was written to a connection that nobody reads. */
  void onSecond() {}

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    int number = made.incrementAndGet();
    if (number % 2 == 1) {
      return super.connect(peer, options);
    }
    if (number == 2 * failing) {
      throw new TransportException(
          TransportException.Reason.REFUSED, "A test refuses the second channel.");
    }
    Endpoint nowhere = Endpoint.parse("memory:nowhere-" + number);
    inner.listen(nowhere, options);
    return new ForwardingChannel(inner.connect(nowhere, options)) {
      @Override
      public void write(GatherList pieces) {
        onSecond();
      }
    };
  }
}
