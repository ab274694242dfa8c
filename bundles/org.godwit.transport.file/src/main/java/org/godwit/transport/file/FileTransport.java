package org.godwit.transport.file;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;
import org.godwit.linux.NativeFile.Mode;
import org.godwit.transport.descriptor.DescriptorChannel;
import org.godwit.transport.descriptor.DescriptorChannel.Flow;
import org.godwit.transport.descriptor.Failures;
import org.godwit.transport.descriptor.OpenEnds;
import org.godwit.transport.descriptor.SingleServer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scheme {@code file}: a stream kept in a file. Thread-safe; starts no thread. */
@Component(
    immediate = true, // a delayed component would end with its last user, and its channels with it
    service = Transport.class,
    property = Transport.SCHEME_PROPERTY + "=file")
public final class FileTransport implements Transport {
  private static final Logger LOG = LoggerFactory.getLogger(FileTransport.class);
  private static final String SCHEME = "file";
  private static final Set<Mode> WRITING = EnumSet.of(Mode.WRITE, Mode.CREATE);
  private static final Set<Mode> READING = EnumSet.of(Mode.READ);

  private final OpenEnds ends = new OpenEnds();

  /** Creates the transport; nothing is opened. */
  @Activate
  public FileTransport() {}

  @Deactivate
  void stop() {
    ends.abortAll("bundle org.godwit.transport.file was stopped");
  }

  @Override
  public String scheme() {
    return SCHEME;
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    try {
      FileAddress.parse(endpoint);
      return Optional.empty();
    } catch (TransportException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    FileAddress address = FileAddress.parse(peer);
    tellIfOverwritten(address);
    NativeFile file = open(peer, address, WRITING);
    boolean regular = Files.isRegularFile(Path.of(address.path()));
    try {
      if (regular) {
        file.truncate(address.offset());
      }
      if (address.offset() > 0) {
        file.seek(address.offset());
      }
    } catch (LinuxException e) {
      file.close();
      throw Failures.broken("write to " + peer, e);
    }
    return new WrittenFile(file, channel(file, Flow.OUTPUT, peer, options), regular);
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    FileAddress address = FileAddress.parse(local);
    NativeFile file = open(local, address, READING);
    try {
      if (address.offset() > 0) {
        file.seek(address.offset());
      }
    } catch (LinuxException e) {
      file.close();
      throw Failures.broken("read from " + local, e);
    }
    return new SingleServer(local, channel(file, Flow.INPUT, local, options));
  }

  private DescriptorChannel channel(
      NativeFile file, Flow flow, Endpoint endpoint, TransportOptions options) {
    return new DescriptorChannel(
        file.descriptor(), flow, endpoint.toString(), options.ioTimeout(), ends);
  }

  private static NativeFile open(Endpoint endpoint, FileAddress address, Set<Mode> modes)
      throws TransportException {
    if (Files.isDirectory(Path.of(address.path()))) {
      throw new TransportException(
          Reason.ENVIRONMENT, "Cannot open " + endpoint + ": it is a directory");
    }
    try {
      return NativeFile.open(Path.of(address.path()), modes);
    } catch (LinuxException e) {
      throw new TransportException(Reason.ENVIRONMENT, "Cannot open " + endpoint, e);
    }
  }

  private static void tellIfOverwritten(FileAddress address) {
    Path path = Path.of(address.path());
    if (Files.isRegularFile(path) && path.toFile().length() > address.offset()) {
      LOG.info(
          "File {} exists with {} bytes; what is behind byte {} is replaced",
          path,
          path.toFile().length(),
          address.offset());
    }
  }
}
