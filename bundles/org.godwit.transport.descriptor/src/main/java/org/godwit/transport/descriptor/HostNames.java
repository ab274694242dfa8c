package org.godwit.transport.descriptor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * Resolves host names within a time. The system's resolver cannot be interrupted, so it runs on a
 * daemon thread of its own, which outlives a lookup that was given up until the resolver answers.
 */
final class HostNames {
  private HostNames() {}

  /** All addresses of a name, in the resolver's order; never empty. */
  static List<InetAddress> resolve(String host, Duration timeout) throws TransportException {
    FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(host));
    Thread.ofPlatform().daemon().name("godwit-resolve-" + host).start(lookup);
    try {
      return List.of(
          timeout.isZero() ? lookup.get() : lookup.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (ExecutionException e) {
      throw unknown(host, e);
    } catch (TimeoutException e) {
      String sentence = "The name server did not tell the address of host \"" + host + "\" in time";
      throw new TransportException(Reason.TIMEOUT, sentence, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      String sentence = "Broken off: resolving host \"" + host + "\"";
      throw new TransportException(Reason.ABORTED, sentence, e);
    }
  }

  private static TransportException unknown(String host, ExecutionException cause) {
    boolean known = cause.getCause() instanceof UnknownHostException;
    Reason reason = known ? Reason.UNKNOWN_HOST : Reason.ENVIRONMENT;
    return new TransportException(reason, "Host \"" + host + "\" cannot be resolved", cause);
  }
}
