package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import org.godwit.api.migration.Parameter;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.wire.command.Command;

/**
 * The hand-over of a whole guest from a Godwit source, seen from the destination: SHUT 0, COMMIT,
 * and its PONG, on this connection or, if that breaks, on another one (docs/ownership.md). Belongs
 * to the receiving thread, except {@link #tick} and {@link #survives}.
 */
final class Consent implements AutoCloseable {
  private final Job job;
  private final Channel channel;
  private final Answers answers;
  private final StreamLoader loader;
  private final long patience;
  private final Optional<ConsentDesk> desk;
  private boolean linkHolds = true;
  // volatile: set by the receiving thread, looked at by the watchdog; 0 is never
  private volatile long lingerEnd;

  /**
   * Begins the hand-over.
   *
   * @param job the migration
   * @param channel the connection that brought the guest
   * @param answers its return path
   * @param loader reads commands from it
   * @param server accepts other connections; closed with this
   */
  Consent(Job job, Channel channel, Answers answers, StreamLoader loader, ChannelServer server) {
    this.job = job;
    this.channel = channel;
    this.answers = answers;
    this.loader = loader;
    this.patience = job.settings().number(Parameter.REDELIVER_TIMEOUT) * 1_000_000;
    boolean possible =
        patience > 0
            && answers.seal().isPresent()
            && job.terms().services().transport().service().reconnectable();
    this.desk = possible ? Optional.of(open(server)) : Optional.empty();
  }

  private ConsentDesk open(ChannelServer server) {
    return new ConsentDesk(
        server,
        answers.seal().orElseThrow(),
        job.terms().time(),
        String.valueOf(job.id()),
        () -> channel.abort("The source came back on another connection."));
  }

  /** Offers to take the guest, and returns when it is ours. */
  void obtain() throws IOException {
    try {
      answers.shut(true);
      awaitCommit();
    } catch (IOException e) {
      linkHolds = false;
      hangUp();
      if (desk.isEmpty() || !desk.get().awaitCommit(patience)) {
        throw e;
      }
    }
  }

  private void awaitCommit() throws IOException {
    expect(Handshake.COMMIT, "its consent");
  }

  private void expect(long value, String what) throws IOException {
    Command command = loader.awaitCommand();
    if (!(command instanceof Command.Ping ping) || ping.value() != value) {
      throw new IOException("The source sent " + command.wireName() + " instead of " + what + ".");
    }
  }

  /**
   * In order, because SHUT 0 or PONG COMMIT may still be on its way: an abort could overtake it.
   */
  private void hangUp() {
    try {
      channel.endOutput();
    } catch (IOException e) {
      job.note("The link is broken in both directions", e);
    }
  }

  /** The guest was taken over: tells the source whether it runs, again if the link breaks. */
  void confirm(boolean started) {
    long answer = started ? Handshake.COMMIT : Handshake.STOPPED;
    long end = job.now() + patience;
    desk.ifPresent(there -> there.taken(answer));
    try {
      if (linkHolds) {
        answers.ping(new Command.Ping(answer));
        linger(end);
        return;
      }
    } catch (IOException | RuntimeException | Error e) {
      // the guest is ours all the same; only the source's report will be less certain
      job.note("The source may not have heard that the guest was taken over", e);
      hangUp();
    }
    desk.ifPresent(there -> there.awaitConfirmed(end));
  }

  private void linger(long end) throws IOException {
    if (desk.isPresent()) {
      lingerEnd = end;
      expect(Handshake.HEARD, "its last word");
    }
  }

  /** A look by the watchdog: a source that vanished silently is not waited for without end. */
  void tick(long now) {
    if (lingerEnd != 0 && now - lingerEnd >= 0) {
      channel.abort("The source did not end the connection.");
    }
  }

  /** Whether the source may come on another connection when this one is silent; ends it then. */
  boolean survives(EndCause.Stalled why) {
    desk.ifPresent(_ -> channel.abort(why.sentence()));
    return desk.isPresent();
  }

  @Override
  public void close() {
    // the guest may run here: nothing that fails now may change the outcome
    desk.ifPresent(there -> job.attempt("stop waiting for the source", there::close));
  }
}
