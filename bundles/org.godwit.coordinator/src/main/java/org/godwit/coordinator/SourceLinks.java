package org.godwit.coordinator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.savestate.StateWriter;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;

/**
 * The connections of an outgoing migration, one after the other: makes them, breaks them and closes
 * them. Belongs to the sending thread, except what says otherwise.
 */
final class SourceLinks {
  /** Told when the return path of a connection makes the migration fail. */
  @FunctionalInterface
  interface Alarm {
    void raise(SourceLink from, EndCause.PeerFailed why);
  }

  private final Job job;
  private final PreemptChannel preempt;
  private final Alarm alarm;
  // volatile: set by the sending thread, used by whoever ends the migration or breaks its link
  private volatile Dial dial;
  private volatile Optional<Connector> connector = Optional.empty();
  private volatile Optional<SourceLink> link = Optional.empty();
  private volatile Optional<GatherWriter> urgentOut = Optional.empty();
  // volatile: set by whoever breaks the link, looked at by the sending thread while it makes one
  private volatile Optional<EndCause> broken = Optional.empty();

  /**
   * None yet.
   *
   * @param job the migration
   * @param first where to
   * @param preempt when the channel of requested pages is due
   * @param alarm hears about failures
   */
  SourceLinks(Job job, Dial first, PreemptChannel preempt, Alarm alarm) {
    this.job = job;
    this.dial = first;
    this.preempt = preempt;
    this.alarm = alarm;
  }

  /** Where the last one leads to; any thread. */
  Dial dial() {
    return dial;
  }

  /** The one that there is; any thread. */
  Optional<SourceLink> current() {
    return link;
  }

  /** When the channel of requested pages is due. */
  PreemptChannel preempt() {
    return preempt;
  }

  /**
   * Opens a connection; it is heard if the settings ask for a return path.
   *
   * @param to where to
   * @param mostBitmap bytes of the largest bitmap that the destination may send
   */
  SourceLink open(Dial to, long mostBitmap)
      throws TransportException, EndedException, InterruptedException {
    dial = to;
    SourceLink opened = new SourceLink(connect());
    link = Optional.of(opened);
    try {
      complete(opened);
      job.figures().setupBegun(job.now());
      listen(opened, mostBitmap);
      requireReverse(opened);
    } catch (TransportException
        | EndedException
        | InterruptedException
        | RuntimeException
        | Error e) {
      // a destination that waits for what follows takes no other connection
      giveUp(opened, FailureText.of(e).sentence());
      throw e;
    }
    return opened;
  }

  private void complete(SourceLink opened)
      throws TransportException, EndedException, InterruptedException {
    if (preempt == PreemptChannel.AT_SETUP) {
      openUrgent(opened);
    }
    // whoever ended the migration or broke the link in between did not see the channel
    job.lifecycle().check();
    broken.ifPresent(opened::fail);
    opened.check();
  }

  private void listen(SourceLink opened, long mostBitmap) {
    Channel channel = opened.channel();
    if (channel.bidirectional() && wantsReturnPath()) {
      String name = "godwit-return-" + job.id();
      opened.listen(new ReturnPath(channel, name, why -> alarm.raise(opened, why), mostBitmap));
    }
  }

  private void requireReverse(SourceLink opened) throws EndedException {
    for (Capability needing : List.of(Capability.SWITCHOVER_ACK, Capability.POSTCOPY_RAM)) {
      if (opened.ear().isEmpty() && job.settings().has(needing)) {
        throw new EndedException(
            new EndCause.PeerFailed(
                Fault.REQUEST,
                "Capability %s needs a return path, which %s does not have; switch it off."
                    .formatted(needing.wireName(), dial.peer())));
      }
    }
  }

  private boolean wantsReturnPath() {
    return job.settings().has(Capability.RETURN_PATH)
        || job.settings().has(Capability.POSTCOPY_RAM);
  }

  private Channel connect() throws TransportException, EndedException, InterruptedException {
    Dial to = dial;
    Connector opening = new Connector();
    connector = Optional.of(opening);
    // whoever ended the migration or broke the link before did not see the connector
    job.lifecycle().check();
    broken.ifPresent(opening::abandon);
    opening.start(to.transport().service(), to.peer(), to.options());
    return opening.await();
  }

  /** Opens the channel of requested pages beside a connection. */
  void openUrgent(SourceLink beside)
      throws TransportException, EndedException, InterruptedException {
    beside.urgent(connect());
    job.lifecycle().check();
    beside.check();
  }

  /** What writes to the channel of requested pages of a connection; one for all of them. */
  StateWriter urgentOut(Channel channel) {
    GatherWriter writer = urgentOut.orElseGet(() -> new GatherWriter(channel, job.watch(), false));
    writer.attach(channel);
    urgentOut = Optional.of(writer);
    return writer;
  }

  /** Bytes that the channels of requested pages have taken; any thread. */
  long handedOverBeside() {
    return urgentOut.map(GatherWriter::handedOver).orElse(0L);
  }

  /** Another connection is about to be made: what broke the last one is over. */
  void mend() {
    broken = Optional.empty();
  }

  /** Breaks the connection, also one that is being made; any thread. */
  void fail(EndCause why) {
    broken = Optional.of(why);
    connector.ifPresent(opening -> opening.abandon(why));
    link.ifPresent(l -> job.attempt("abort the connection", () -> l.fail(why)));
  }

  /** Breaks the connection; the reader of the return path ends with it. */
  void abort(String why) {
    link.ifPresent(l -> job.attempt("abort the connection", () -> l.abort(why)));
  }

  /**
   * What the return path said about the end.
   *
   * @param wait whether to wait for it a little
   */
  OptionalLong lastWords(boolean wait) {
    Optional<ReturnPath> ear = link.flatMap(SourceLink::ear);
    if (wait) {
      link.ifPresent(SourceLink::awaitLastWords);
    }
    return ear.map(ReturnPath::shut).orElse(OptionalLong.empty());
  }

  /** Gives up a connection that broke; another one may follow. */
  void giveUp(SourceLink old, String why) {
    link = Optional.empty();
    job.attempt("abort the connection", () -> old.abort(why));
    // its reader first: a channel must not be closed under it
    closeEar(old);
    closeChannels(old);
  }

  /** Ends the last one in order, as far as it holds. */
  void part() {
    link.ifPresent(
        last -> {
          job.attempt("end the connection", last::part);
          closeChannels(last);
          closeEar(last);
        });
  }

  private void closeEar(SourceLink old) {
    old.ear().ifPresent(ear -> job.attempt("release the return path", ear::close));
  }

  private void closeChannels(SourceLink old) {
    job.attempt("close the connection", old.channel()::close);
    job.attempt("end what sends over the second connection", old::endUrgent);
    old.urgent().ifPresent(second -> job.attempt("close the second connection", second::close));
  }

  /** Releases memory; nobody uses a connection any more. */
  void release() {
    urgentOut.ifPresent(writer -> job.attempt("release the second output", writer::close));
  }
}
