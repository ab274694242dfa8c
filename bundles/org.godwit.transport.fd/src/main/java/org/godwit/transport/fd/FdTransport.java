package org.godwit.transport.fd;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.linux.Descriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.StreamSocket;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.DescriptorChannel.Flow;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.SingleServer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Scheme {@code fd}: descriptors opened by somebody else. Thread-safe; starts no thread. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = {Transport.class, NamedDescriptors.class},
    property = Transport.SCHEME_PROPERTY + "=fd")
public final class FdTransport implements Transport, NamedDescriptors {
  private static final String SCHEME = "fd";
  private static final String NUMBER = "[0-9]{1,6}";

  private final OpenEnds ends = new OpenEnds();
  private final DescriptorTable table = new DescriptorTable();

  /** Creates the transport with no names. */
  @Activate
  public FdTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.fd was stopped");
    table.closeAll();
  }

  @Override
  public String scheme() {
    return SCHEME;
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    String address = endpoint.address();
    return address.matches(NUMBER) || DescriptorTable.isName(address)
        ? Optional.empty()
        : Optional.of(
            "Bad address " + endpoint + ": expected fd:NUMBER, or fd:NAME beginning with a letter");
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    return open(peer, options, Role.SOURCE);
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    return new SingleServer(local, open(local, options, Role.DESTINATION));
  }

  @Override
  public void add(String name, int number) throws TransportException {
    table.add(name, number);
  }

  @Override
  public void receive(String name, StreamSocket from) throws TransportException {
    table.receive(name, from);
  }

  @Override
  public boolean remove(String name) {
    return table.remove(name);
  }

  private Channel open(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
    Descriptor descriptor =
        endpoint.address().matches(NUMBER) ? inherited(endpoint) : named(endpoint);
    try {
      Flow flow = DescriptorFacts.of(descriptor.number()).flow(role);
      return new DescriptorChannel(
          descriptor, flow, endpoint.toString(), options.ioTimeout(), ends);
    } catch (IOException e) {
      descriptor.close();
      throw new TransportException(Reason.ENVIRONMENT, "Cannot use " + endpoint, e);
    }
  }

  private Descriptor named(Endpoint endpoint) throws TransportException {
    Descriptor descriptor = table.take(endpoint.address());
    if (descriptor == null) {
      throw new TransportException(
          Reason.REFUSED,
          "There is no descriptor called \""
              + endpoint.address()
              + "\"; it was never added, or used");
    }
    return descriptor;
  }

  private static Descriptor inherited(Endpoint endpoint) throws TransportException {
    try {
      int number = Integer.parseInt(endpoint.address());
      if (!DescriptorFacts.of(number).inherited()) {
        throw new TransportException(
            Reason.REFUSED, "Cannot use " + endpoint + ": this process was not started with it");
      }
      return Descriptor.adopt(number);
    } catch (TransportException e) {
      throw e;
    } catch (LinuxException e) {
      throw new TransportException(Reason.REFUSED, "Cannot use " + endpoint, e);
    } catch (IOException e) {
      throw new TransportException(Reason.REFUSED, "Cannot use " + endpoint + ": not open", e);
    }
  }
}
