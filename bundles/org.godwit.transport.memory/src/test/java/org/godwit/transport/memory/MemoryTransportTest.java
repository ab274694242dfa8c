package org.godwit.transport.memory;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.tck.TransportContract;

class MemoryTransportTest extends TransportContract {
  private final AtomicInteger names = new AtomicInteger();

  @Override
  protected Transport transport() {
    return new MemoryTransport();
  }

  @Override
  protected void stop(Transport transport) {
    ((MemoryTransport) transport).stop();
  }

  @Override
  protected Endpoint freeEndpoint() {
    return new Endpoint("memory", "name-" + names.incrementAndGet());
  }

  @Override
  protected List<Endpoint> malformed() {
    return List.of(new Endpoint("memory", ""), new Endpoint("memory", "  "));
  }
}
