package org.godwit.coordinator;

import static org.godwit.coordinator.CutTransport.beginsWith;
import static org.godwit.coordinator.CutTransport.contains;
import static org.godwit.coordinator.CutTransport.pingOrPong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.RunState;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.Parameter;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.coordinator.CutTransport.When;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage.Pong;
import org.godwit.wire.returnpath.ReturnPathReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Links that break while the guest changes its owner, and come back (docs/ownership.md). */
class RedeliveryTest {
  private static final Predicate<byte[]> SHUT = contains(0, 1, 0, 4, 0, 0, 0, 0);
  private static final Predicate<byte[]> COMMIT = contains(pingOrPong(Handshake.COMMIT));
  private static final Predicate<byte[]> EOF = beginsWith(0x00, 0x06);

  private final Rig rig = new Rig();

  static Stream<Arguments> windows() {
    return Stream.of(1, 2, 3)
        .flatMap(
            times ->
                Stream.of(
                    Arguments.of("SHUT", false, SHUT, When.AFTER, times),
                    Arguments.of("COMMIT", true, COMMIT, When.BEFORE, times),
                    Arguments.of("COMMIT", true, COMMIT, When.SWALLOWED, times),
                    Arguments.of("COMMIT", true, COMMIT, When.AFTER, times),
                    Arguments.of("PONG COMMIT", false, COMMIT, When.BEFORE, times),
                    Arguments.of("PONG COMMIT", false, COMMIT, When.SWALLOWED, times)));
  }

  @ParameterizedTest(name = "{0}, {3}, {4} times")
  @MethodSource("windows")
  void shouldFinishOnAnotherConnectionWhenTheLinkIsCutAt(
      String name, boolean atSource, Predicate<byte[]> at, When when, int times) throws Exception {
    Transport cut = new CutTransport(rig.link, at, when).times(times);
    rig.sourceLink = atSource ? cut : rig.link;
    rig.targetLink = atSource ? rig.link : cut;
    rig.source.start();
    Migration incoming = rig.receive();

    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = Rig.outcome(incoming);

    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(MigrationStatus.COMPLETED, received.status(), received::toString);
    assertEquals(Set.of("target"), rig.guests.running());
    assertEquals(1, rig.guests.most());
    assertEquals(2, rig.guests.starts(), "one start at the source and one at the destination");
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
  }

  /** The guest runs, and the source knows: only the destination waits a little for nothing. */
  @Test
  void shouldCompleteWhenOnlyTheLastWordIsLost() throws Exception {
    rig.targetLink = new CutTransport(rig.link, COMMIT, When.AFTER);
    rig.source.start();
    Coordinator target = Rig.engine(rig.targetLink, new ManualTime());
    Migration incoming = target.incoming(rig.target, Rig.URI, rig.targetSettings, true);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  static Stream<Arguments> offered() {
    return Stream.of(
        Arguments.of("EOF", true, EOF, When.AFTER),
        Arguments.of("SHUT", false, SHUT, When.BEFORE),
        Arguments.of("SHUT", false, SHUT, When.SWALLOWED));
  }

  /** A source that did not hear SHUT 0 keeps its guest and never comes back with a COMMIT. */
  @ParameterizedTest(name = "{0}, {3}")
  @MethodSource("offered")
  void shouldLeaveTheGuestAtTheSourceWhenTheLinkIsCutAt(
      String name, boolean atSource, Predicate<byte[]> at, When when) throws Exception {
    Transport cut = new CutTransport(rig.link, at, when);
    rig.sourceLink = atSource ? cut : rig.link;
    rig.targetLink = atSource ? rig.link : cut;
    rig.time = new ManualTime();
    rig.source.start();
    Migration incoming = rig.receive();

    assertEquals(GuestLocation.SOURCE, Rig.outcome(rig.send()).guest());
    MigrationOutcome held = Rig.outcome(incoming);

    assertEquals(GuestLocation.UNCERTAIN, held.guest(), held::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    assertEquals(1, rig.guests.most());
  }

  /** The source host died after it had given the guest away. */
  @Test
  void shouldHoldTheGuestWhenTheSourceNeverComesBack() throws Exception {
    rig.sourceLink = new CutTransport(rig.link, COMMIT, When.SWALLOWED);
    rig.sourceSettings = rig.sourceSettings.with(Parameter.REDELIVER_TIMEOUT, "0");
    rig.source.start();
    Coordinator target = Rig.engine(rig.link, new ManualTime());
    Migration incoming = target.incoming(rig.target, Rig.URI, rig.targetSettings, true);

    assertEquals(GuestLocation.DESTINATION, Rig.outcome(rig.send()).guest());
    MigrationOutcome held = Rig.outcome(incoming);

    assertEquals(GuestLocation.UNCERTAIN, held.guest());
    assertTrue(held.machine().isPresent());
    assertEquals(Set.of(), rig.guests.running());
  }

  /** The destination died after SHUT 0: nobody listens, and the source knows when to stop. */
  @Test
  void shouldGiveUpInTimeWhenTheDestinationIsGone() throws Exception {
    rig.targetLink = new CutTransport(rig.link, SHUT, When.AFTER);
    rig.targetSettings = rig.targetSettings.with(Parameter.REDELIVER_TIMEOUT, "0");
    rig.source.start();
    Migration incoming = rig.receive();
    rig.sourceLink = new GoneLater(rig.link);
    Coordinator source = Rig.engine(rig.sourceLink, new ManualTime());

    MigrationOutcome sent = Rig.outcome(source.migrate(rig.source, Rig.URI, rig.sourceSettings));

    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(MigrationStatus.FAILED, sent.status());
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(GuestLocation.UNCERTAIN, Rig.outcome(incoming).guest());
    assertEquals(Set.of(), rig.guests.running());
  }

  @Test
  void shouldEndTheSecondTryWhenTheEngineStops() throws Exception {
    rig.targetLink = new CutTransport(rig.link, SHUT, When.AFTER);
    rig.targetSettings = rig.targetSettings.with(Parameter.REDELIVER_TIMEOUT, "0");
    GoneLater gone = new GoneLater(rig.link);
    rig.sourceLink = gone;
    rig.sourceSettings = rig.sourceSettings.with(Parameter.REDELIVER_TIMEOUT, "3600000");
    rig.source.start();
    Migration incoming = rig.receive();
    Coordinator source = Rig.engine(gone, TimeSource.SYSTEM);
    Migration sending = source.migrate(rig.source, Rig.URI, rig.sourceSettings);
    gone.tried.await();

    source.serviceGone(gone, "org.godwit.transport.test");

    assertEquals(GuestLocation.DESTINATION, Rig.outcome(sending).guest());
    assertEquals(GuestLocation.UNCERTAIN, Rig.outcome(incoming).guest());
  }

  /** Whoever else connects while the guest is held: no ticket, a wrong one, another migration. */
  @Test
  void shouldTakeNoCommitFromAStranger() throws Exception {
    List<Long> heard = Collections.synchronizedList(new ArrayList<>());
    CutTransport cut = new CutTransport(rig.link, listening(heard, COMMIT), When.SWALLOWED);
    rig.targetLink = new CutTransport(rig.link, listening(heard, _ -> false), When.BEFORE);
    StrangersFirst strangers = new StrangersFirst(cut, heard);
    rig.sourceLink = strangers;
    rig.source.start();
    Migration incoming = rig.receive();

    MigrationOutcome sent = Rig.outcome(rig.send());

    assertTrue(strangers.confirmed.size() > 8, "somebody listened");
    assertEquals(Set.of(false), Set.copyOf(strangers.confirmed));
    assertEquals(Set.of(), strangers.running);
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  /** All values of PING and PONG that go over a link in the clear. */
  private static Predicate<byte[]> listening(List<Long> heard, Predicate<byte[]> match) {
    return written -> {
      ByteBuffer bytes = ByteBuffer.wrap(written);
      for (int i = 0; i + 8 <= written.length; i++) {
        if (bytes.getInt(i) == 0x0002_0004) {
          heard.add(Integer.toUnsignedLong(bytes.getInt(i + 4)));
        }
      }
      return match.test(written);
    };
  }

  /** A source that resumed may try again at once; the guest that is held does not mix with it. */
  @Test
  void shouldRefuseANewMigrationWhileTheGuestIsHeld() throws Exception {
    rig.targetLink = new CutTransport(rig.link, SHUT, When.SWALLOWED).times(1);
    rig.source.start();
    Migration incoming = rig.receive();
    assertEquals(GuestLocation.SOURCE, Rig.outcome(rig.send()).guest());

    MigrationOutcome again = Rig.outcome(rig.send());

    assertEquals(GuestLocation.SOURCE, again.guest(), again::toString);
    assertEquals(Set.of("source"), rig.guests.running());
    incoming.cancel();
    assertEquals(GuestLocation.UNCERTAIN, Rig.outcome(incoming).guest());
    assertEquals(1, rig.guests.most());
  }

  @Test
  void shouldNotConnectAgainToAPeerThatIsNoGodwit() throws Exception {
    GoneLater once = new GoneLater(rig.link);
    rig.sourceLink = once;
    rig.source.start();
    new QemuDestination(rig.link, rig.guests, QemuDestination.Mood.LOST_BEFORE_SHUT);
    assertEquals(GuestLocation.UNCERTAIN, Rig.outcome(rig.send()).guest());
    assertEquals(1, once.tried.getCount(), "no second connection");
  }

  static Stream<Arguments> stoppedWindows() {
    Predicate<byte[]> told = contains(pingOrPong(Handshake.STOPPED));
    return Stream.of(
        Arguments.of("nothing", false, told, When.AFTER, 0),
        Arguments.of("COMMIT", true, COMMIT, When.SWALLOWED, 1),
        Arguments.of("PONG STOPPED", false, told, When.BEFORE, 1),
        Arguments.of("PONG STOPPED", false, told, When.SWALLOWED, 2));
  }

  /** The source hears it and tries no longer; the guest is the destination's all the same. */
  @ParameterizedTest(name = "{0}, {3}, {4} times")
  @MethodSource("stoppedWindows")
  void shouldTellThatTheGuestDoesNotStartWhenTheLinkIsCutAt(
      String name, boolean atSource, Predicate<byte[]> at, When when, int times) throws Exception {
    Transport cut = times == 0 ? rig.link : new CutTransport(rig.link, at, when).times(times);
    rig.sourceLink = atSource ? cut : rig.link;
    rig.targetLink = atSource ? rig.link : cut;
    rig.sourceSettings = rig.sourceSettings.with(Parameter.REDELIVER_TIMEOUT, "3600000");
    rig.targetSettings = rig.targetSettings.with(Parameter.REDELIVER_TIMEOUT, "3600000");
    rig.source.start();
    rig.target
        .machine()
        .onStart(
            () -> {
              throw new IllegalStateException("broken");
            });
    Migration incoming = rig.receive();

    MigrationOutcome sent = Rig.outcome(rig.send());
    MigrationOutcome received = Rig.outcome(incoming);

    assertEquals(GuestLocation.DESTINATION, sent.guest());
    assertEquals(MigrationStatus.FAILED, sent.status());
    String sentence = String.valueOf(sent.error().orElseThrow().getMessage());
    assertTrue(sentence.contains("does not start there"), sentence);
    assertEquals(RunState.POSTMIGRATE, rig.source.runState());
    assertEquals(GuestLocation.DESTINATION, received.guest());
    assertEquals(Optional.of("target"), received.machine().map(Machine::name));
  }

  /** A QEMU may have taken the address of a destination that died: it must not see our bytes. */
  @Test
  void shouldSendNothingToAPeerThatDoesNotSpeakFirst() throws Exception {
    SilentFirst silent = new SilentFirst(new CutTransport(rig.link, COMMIT, When.SWALLOWED));
    rig.sourceLink = silent;
    rig.source.start();
    Migration incoming = rig.receive();

    MigrationOutcome sent = Rig.outcome(rig.send());

    assertTrue(silent.sawNothing.get(20, TimeUnit.SECONDS));
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  /** The link comes back twice, and only the second time for good. */
  @Test
  void shouldTryAgainWhenTheNextConnectionFallsSilent() throws Exception {
    rig.sourceLink = new SilentOnce(new CutTransport(rig.link, COMMIT, When.SWALLOWED));
    rig.sourceSettings = rig.sourceSettings.with(Parameter.REDELIVER_TIMEOUT, "6000");
    rig.source.start();
    Migration incoming = rig.receive();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
  }

  /** Nobody answers on the second connection, and nobody ends it. */
  private final class SilentOnce extends Wrapped {
    private int connections;

    SilentOnce(Transport inner) {
      super(inner);
    }

    @Override
    public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
      connections++;
      if (connections == 2) {
        ChannelServer _ = rig.link.listen(Endpoint.parse("memory:silent"), options);
        return rig.link.connect(Endpoint.parse("memory:silent"), options);
      }
      return connections == 1 ? super.connect(peer, options) : rig.link.connect(peer, options);
    }
  }

  /** The second connection ends at somebody who says nothing. */
  private final class SilentFirst extends Wrapped {
    final CompletableFuture<Boolean> sawNothing = new CompletableFuture<>();
    private int connections;

    SilentFirst(Transport inner) {
      super(inner);
    }

    @Override
    public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
      connections++;
      if (connections != 2) {
        return connections == 1 ? super.connect(peer, options) : rig.link.connect(peer, options);
      }
      Endpoint elsewhere = Endpoint.parse("memory:elsewhere");
      try (ChannelServer server = rig.link.listen(elsewhere, options)) {
        Channel ours = rig.link.connect(elsewhere, options);
        Channel silent = server.accept();
        var _ = Thread.ofPlatform().daemon().start(() -> look(silent));
        return ours;
      }
    }

    private void look(Channel silent) {
      try (silent;
          ChannelReader in = new ChannelReader(silent, 4096, new StallWatch())) {
        silent.endOutput();
        sawNothing.complete(in.atEnd());
      } catch (java.io.IOException e) {
        sawNothing.completeExceptionally(e);
      }
    }
  }

  /** Somebody else connected and was gone before it was accepted. */
  @Test
  void shouldWaitForTheSourceAlthoughAnotherConnectionFailed() throws Exception {
    rig.sourceLink = new CutTransport(rig.link, COMMIT, When.SWALLOWED).times(1);
    rig.targetLink = new FailsToAccept(rig.link);
    rig.source.start();
    Migration incoming = rig.receive();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(incoming).status());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  @Test
  void shouldCallTheGuestItsOwnWhenTheListenerDoesNotClose() throws Exception {
    rig.targetLink = new FailsToClose(rig.link);
    rig.source.start();
    Migration incoming = rig.receive();
    assertEquals(MigrationStatus.COMPLETED, Rig.outcome(rig.send()).status());
    MigrationOutcome received = Rig.outcome(incoming);
    assertEquals(GuestLocation.DESTINATION, received.guest(), received::toString);
    assertEquals(MigrationStatus.COMPLETED, received.status());
  }

  /** Its listener closes, but complains. */
  private static final class FailsToClose extends Wrapped {
    FailsToClose(Transport inner) {
      super(inner);
    }

    @Override
    public ChannelServer listen(Endpoint local, TransportOptions options)
        throws TransportException {
      ChannelServer server = super.listen(local, options);
      return new ChannelServer() {
        @Override
        public Endpoint local() {
          return server.local();
        }

        @Override
        public Channel accept() throws TransportException {
          return server.accept();
        }

        @Override
        public void close() {
          server.close();
          throw new IllegalStateException("It did not close.");
        }
      };
    }
  }

  /** Cannot accept the second connection. */
  private static final class FailsToAccept extends Wrapped {
    private int accepted;

    FailsToAccept(Transport inner) {
      super(inner);
    }

    @Override
    public ChannelServer listen(Endpoint local, TransportOptions options)
        throws TransportException {
      ChannelServer server = super.listen(local, options);
      return new ChannelServer() {
        @Override
        public Endpoint local() {
          return server.local();
        }

        @Override
        public Channel accept() throws TransportException {
          accepted++;
          if (accepted == 2) {
            throw new TransportException(TransportException.Reason.PEER_GONE, "It was reset.");
          }
          return server.accept();
        }

        @Override
        public void close() {
          server.close();
        }
      };
    }
  }

  /** Nobody is there any more after the first connection. */
  private static final class GoneLater extends Wrapped {
    final CountDownLatch tried = new CountDownLatch(1);
    private boolean used;

    GoneLater(Transport inner) {
      super(inner);
    }

    @Override
    public synchronized Channel connect(Endpoint peer, TransportOptions options)
        throws TransportException {
      if (used) {
        tried.countDown();
        throw new TransportException(TransportException.Reason.REFUSED, "Nobody is there.");
      }
      used = true;
      return super.connect(peer, options);
    }
  }

  /** Before the source comes back, others try. */
  private final class StrangersFirst extends Wrapped {
    final List<Boolean> confirmed = new ArrayList<>();
    private final List<Long> heard;
    Set<String> running = Set.of("not asked");
    private int connections;

    StrangersFirst(Transport inner, List<Long> heard) {
      super(inner);
      this.heard = heard;
    }

    @Override
    public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
      connections++;
      if (connections == 2) {
        confirmed.add(answered());
        confirmed.add(answered(Handshake.AGAIN, 1, 2, 3, 4, Handshake.COMMIT));
        confirmed.add(answered(Handshake.COMMIT));
        repeatWhatWasHeard();
        running = rig.guests.running();
        return rig.link.connect(peer, options);
      }
      return super.connect(peer, options);
    }

    private void repeatWhatWasHeard() throws TransportException {
      List<Long> words = List.copyOf(heard);
      for (int i = 0; i + Ticket.WORDS <= words.size(); i++) {
        confirmed.add(
            answered(
                Handshake.AGAIN,
                words.get(i),
                words.get(i + 1),
                words.get(i + 2),
                words.get(i + 3),
                Handshake.COMMIT));
      }
    }

    private boolean answered(long... pings) throws TransportException {
      Channel channel = rig.link.connect(Endpoint.parse(Rig.URI), TransportOptions.DEFAULT);
      try (channel;
          GatherWriter out = new GatherWriter(channel, new StallWatch(), false);
          ChannelReader in = new ChannelReader(channel, 4096, new StallWatch())) {
        ReturnPathReader messages = new ReturnPathReader(in, Limits.DEFAULT);
        assertEquals(Optional.of(new Pong(Handshake.KNOWN)), messages.next());
        StreamWriter stream = new StreamWriter(out);
        stream.fileHeader();
        stream.command(new Command.OpenReturnPath());
        for (long value : pings) {
          stream.command(new Command.Ping(value));
        }
        out.flush();
        channel.endOutput();
        return messages.next().isPresent();
      } catch (java.io.IOException e) {
        return false;
      }
    }
  }

  /** Another transport with something in front of it. */
  private abstract static class Wrapped implements Transport {
    private final Transport inner;

    Wrapped(Transport inner) {
      this.inner = inner;
    }

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
      return inner.connect(peer, options);
    }

    @Override
    public ChannelServer listen(Endpoint local, TransportOptions options)
        throws TransportException {
      return inner.listen(local, options);
    }
  }
}
