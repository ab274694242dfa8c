package org.godwit.transport.exec;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.DescriptorChannel.Flow;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.SingleServer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Scheme {@code exec}: a shell command's standard input or output. Thread-safe. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=exec")
public final class ExecTransport implements Transport {
  private static final String SCHEME = "exec";

  private final OpenEnds ends = new OpenEnds();

  /** Creates the transport; nothing is started. */
  @Activate
  public ExecTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.exec was stopped");
  }

  @Override
  public String scheme() {
    return SCHEME;
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return endpoint.address().isBlank() || endpoint.address().indexOf('\0') >= 0
        ? Optional.of("Bad address " + endpoint + ": it has no command; expected exec:COMMAND")
        : Optional.empty();
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    requireAllowed(peer, options, Role.SOURCE);
    try {
      return channel(Command.consuming(peer.address()), Flow.OUTPUT, peer, options);
    } catch (IOException e) {
      throw new TransportException(Reason.ENVIRONMENT, "Cannot start " + peer, e);
    }
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    requireAllowed(local, options, Role.DESTINATION);
    try {
      Command command = Command.producing(local.address());
      return new SingleServer(local, channel(command, Flow.INPUT, local, options));
    } catch (IOException e) {
      throw new TransportException(Reason.ENVIRONMENT, "Cannot start " + local, e);
    }
  }

  private ExecChannel channel(
      Command command, Flow flow, Endpoint endpoint, TransportOptions options) {
    // the pipe ends with the command, never alone: it enters a set of its own
    DescriptorChannel bytes =
        new DescriptorChannel(
            command.end(), flow, endpoint.toString(), options.ioTimeout(), new OpenEnds());
    return new ExecChannel(command, bytes, options.ioTimeout(), ends);
  }

  private void requireAllowed(Endpoint endpoint, TransportOptions options, Role role)
      throws TransportException {
    Optional<String> refusal = refusal(endpoint, options, role);
    if (refusal.isPresent()) {
      throw new TransportException(Reason.BAD_ADDRESS, refusal.get());
    }
  }
}
