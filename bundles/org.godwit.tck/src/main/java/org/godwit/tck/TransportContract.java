package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport.Role;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.api.transport.TransportOptions;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a transport that connects two ends in both directions must do. Subclass it in the provider's
 * tests and say where to listen; transports of one direction have {@link OneWayTransportContract}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class TransportContract extends TransportFixture {
  private static final long STREAM_BYTES = 3_000_000;
  private static final Duration BRIEF = Duration.ofMillis(100);

  /** Creates the contract. */
  protected TransportContract() {}

  /**
   * Where this test may listen. Called any number of times.
   *
   * @return a free address (for TCP with port 0)
   * @throws Exception if none can be found
   */
  protected abstract Endpoint freeEndpoint() throws Exception;

  /**
   * Options of all connections.
   *
   * @return {@link TransportOptions#DEFAULT} unless overridden
   */
  protected TransportOptions options() {
    return TransportOptions.DEFAULT;
  }

  /**
   * An address where connecting blocks until the time is over.
   *
   * @return empty if the transport cannot block there
   * @throws Exception if it cannot be prepared
   */
  protected Optional<Endpoint> silentEndpoint() throws Exception {
    return Optional.empty();
  }

  /**
   * An address with a host that does not exist.
   *
   * @return empty if addresses have no hosts
   */
  protected Optional<Endpoint> unknownHost() {
    return Optional.empty();
  }

  /**
   * Addresses that must be refused for either role.
   *
   * @return at least one
   */
  protected abstract List<Endpoint> malformed();

  /** Two ends of a connection. */
  private record Pair(Channel source, Channel destination) {}

  private Pair connect(TransportOptions options) throws TransportException {
    return connect(listen(options), options);
  }

  private Pair connect(ChannelServer server, TransportOptions options) throws TransportException {
    Channel source = closing(subject.connect(server.local(), options));
    return new Pair(source, closing(server.accept()));
  }

  private ChannelServer listen(TransportOptions options) throws TransportException {
    try {
      return closing(subject.listen(freeEndpoint(), options));
    } catch (TransportException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("no free endpoint", e);
    }
  }

  @Test
  final void shouldCarryPiecesOfAnySizeUnchangedInBothDirections() throws Exception {
    Pair pair = connect(options());
    assertTrue(pair.source.bidirectional());
    Future<Long> out = inBackground(() -> pump(pair.source, 1, STREAM_BYTES));
    Future<Long> back = inBackground(() -> pump(pair.destination, 2, STREAM_BYTES));
    Future<Long> backRead = inBackground(() -> drain(pair.source, 2));
    assertEquals(STREAM_BYTES, drain(pair.destination, 1));
    assertEquals(STREAM_BYTES, result(backRead));
    assertEquals(STREAM_BYTES, result(out));
    assertEquals(STREAM_BYTES, result(back));
  }

  @Test
  final void shouldWriteTheLongestListToASlowReaderAndLeaveTheListAlone() throws Exception {
    Pair pair = connect(options());
    int pieces = 1024;
    MemorySegment memory = memory(pieces * 8192L);
    GatherList list = list(pieces);
    for (int i = 0; i < pieces; i++) {
      new SeededBytes(7).fill(memory, i * 8192L, 5000, i * 5000L);
      list.add(memory, i * 8192L, 5000);
    }
    byte[] before = list.vectors().toArray(ValueLayout.JAVA_BYTE);
    Future<Long> read = inBackground(() -> drain(pair.destination, 7));
    pair.source.write(list);
    pair.source.endOutput();
    assertEquals(pieces * 5000L, result(read));
    assertEquals(pieces, list.count());
    assertEquals(-1, MemorySegment.ofArray(before).mismatch(list.vectors()));
  }

  @Test
  final void shouldCarryEverythingWhenLatencyCounts() throws Exception {
    Pair pair = connect(options());
    pair.source.preferLatency();
    pair.destination.preferLatency();
    Future<Long> out = inBackground(() -> pump(pair.source, 1, STREAM_BYTES));
    Future<Long> back = inBackground(() -> pump(pair.destination, 2, STREAM_BYTES));
    Future<Long> backRead = inBackground(() -> drain(pair.source, 2));
    assertEquals(STREAM_BYTES, drain(pair.destination, 1));
    assertEquals(STREAM_BYTES, result(backRead));
    assertEquals(STREAM_BYTES, result(out));
    assertEquals(STREAM_BYTES, result(back));
  }

  @Test
  final void shouldTellTheEndOfOneDirectionAndKeepTheOther() throws Exception {
    Pair pair = connect(options());
    pair.source.write(piece(10));
    pair.source.endOutput();
    assertEquals(10, drain(pair.destination, 1));
    assertEquals(-1, readSome(pair.destination));
    pair.destination.write(piece(20));
    pair.destination.endOutput();
    assertEquals(20, drain(pair.source, 1));
  }

  @Test
  final void shouldDeliverEverythingWrittenBeforeClose() throws Exception {
    Pair pair = connect(options());
    pair.destination.write(piece(100)); // never read: must not cost the other direction its bytes
    Future<Long> read = inBackground(() -> drain(pair.destination, 1));
    pair.source.write(piece(2_000_000));
    pair.source.close();
    assertEquals(2_000_000, result(read));
  }

  @RepeatedTest(10)
  final void shouldEndABlockedReadWhenAborted() throws Exception {
    Pair pair = connect(options());
    CountDownLatch begun = new CountDownLatch(1);
    Future<Integer> read =
        inBackground(
            () -> {
              begun.countDown();
              return readSome(pair.source);
            });
    begun.await();
    pair.source.abort("the test says so");
    TransportException failure = failure(read);
    assertEquals(Reason.ABORTED, failure.reason());
    assertTrue(failure.toString().contains("the test says so"), failure::toString);
  }

  @RepeatedTest(5)
  final void shouldEndABlockedWriteWhenAborted() throws Exception {
    Pair pair = connect(options());
    Future<Object> write = inBackground(() -> writeForEver(pair.source));
    assertTrue(readSome(pair.destination) > 0); // the writer is at work; nobody reads from here on
    pair.source.abort("the test says so");
    assertEquals(Reason.ABORTED, failure(write).reason());
  }

  @RepeatedTest(10)
  final void shouldEndABlockedAcceptWhenClosed() throws Exception {
    ChannelServer server = listen(options());
    CountDownLatch begun = new CountDownLatch(1);
    Future<Channel> accept =
        inBackground(
            () -> {
              begun.countDown();
              return server.accept();
            });
    begun.await();
    server.close();
    server.close();
    assertEquals(Reason.ABORTED, failure(accept).reason());
    assertFails(Reason.ABORTED, server::accept);
  }

  @RepeatedTest(3)
  final void shouldEndABlockedConnectWhenInterrupted() throws Exception {
    Optional<Endpoint> silent = silentEndpoint();
    assumeTrue(silent.isPresent(), "connecting does not block");
    CompletableFuture<Thread> connecting = new CompletableFuture<>();
    Future<Channel> connect =
        inBackground(
            () -> {
              connecting.complete(Thread.currentThread());
              return subject.connect(silent.get(), options());
            });
    connecting.join().interrupt();
    assertEquals(Reason.ABORTED, failure(connect).reason());
  }

  @Test
  final void shouldBoundConnecting() throws Exception {
    Optional<Endpoint> silent = silentEndpoint();
    assumeTrue(silent.isPresent(), "connecting does not block");
    TransportOptions all = options();
    TransportOptions brief =
        new TransportOptions(
            BRIEF, all.ioTimeout(), all.insecure(), all.tlsCredentials(), all.tlsHostname());
    assertFails(Reason.TIMEOUT, () -> subject.connect(silent.get(), brief));
  }

  @Test
  final void shouldBoundReadingFromASilentPeer() throws Exception {
    Pair pair = connect(options().withIoTimeout(BRIEF));
    assertFails(Reason.TIMEOUT, () -> readSome(pair.source));
    assertFails(Reason.TIMEOUT, () -> readSome(pair.destination));
  }

  @Test
  final void shouldBoundWritingToAPeerThatNeverReads() throws Exception {
    Pair pair = connect(options().withIoTimeout(BRIEF));
    assertFails(Reason.TIMEOUT, () -> writeForEver(pair.source));
  }

  @Test
  final void shouldTellAWriterThatItsPeerIsGone() throws Exception {
    Pair pair = connect(options());
    pair.destination.close();
    assertFails(Reason.PEER_GONE, () -> writeForEver(pair.source));
  }

  @Test
  final void shouldWakeAWriterWhosePeerGoes() throws Exception {
    Pair pair = connect(options());
    Future<Object> write = inBackground(() -> writeForEver(pair.source));
    assertTrue(readSome(pair.destination) > 0);
    pair.destination.abort("the test says so");
    pair.destination.close();
    assertEquals(Reason.PEER_GONE, failure(write).reason());
  }

  @Test
  final void shouldWakeAReaderWhosePeerGoes() throws Exception {
    Pair pair = connect(options());
    Future<Integer> read = inBackground(() -> readSome(pair.destination));
    pair.source.abort("the test says so");
    pair.source.close();
    assertEndsAsPeerGoes(read);
  }

  /** How a break is seen by the other end depends on what the transport can tell. */
  private static void assertEndsAsPeerGoes(Future<Integer> read) throws Exception {
    try {
      assertEquals(-1, result(read));
    } catch (TransportException e) {
      assertEquals(Reason.PEER_GONE, e.reason());
    }
  }

  @Test
  final void shouldFailEveryCallAfterAbort() throws Exception {
    Pair pair = connect(options());
    pair.source.abort("first reason");
    pair.source.abort("second reason");
    assertFails(Reason.ABORTED, () -> readSome(pair.source));
    assertFails(
        Reason.ABORTED,
        () -> {
          pair.source.write(piece(1));
          return "written";
        });
    TransportException failure = failure(inBackground(() -> readSome(pair.source)));
    assertTrue(failure.toString().contains("first reason"), failure::toString);
  }

  @Test
  final void shouldTakeCloseAndAbortInAnyOrder() throws Exception {
    Pair pair = connect(options());
    assertDoesNotThrow(
        () -> {
          pair.source.close();
          pair.source.close();
          pair.source.abort("after close");
          pair.destination.abort("before close");
          pair.destination.close();
          pair.destination.close();
        });
    assertFails(Reason.ABORTED, () -> readSome(pair.source));
  }

  @Test
  final void shouldRefuseBadAddressesWithoutTouchingAnything() throws Exception {
    ProcessResources before = ProcessResources.now();
    for (Endpoint bad : malformed()) {
      for (Role role : Role.values()) {
        Optional<String> refusal = subject.refusal(bad, options(), role);
        assertTrue(refusal.isPresent(), () -> "accepted " + bad + " as " + role);
      }
      assertFails(Reason.BAD_ADDRESS, () -> subject.connect(bad, options()));
      assertFails(Reason.BAD_ADDRESS, () -> subject.listen(bad, options()));
    }
    before.assertNothingNew();
  }

  @Test
  final void shouldAcceptItsOwnAddresses() throws Exception {
    ChannelServer server = listen(options());
    assertEquals(subject.scheme(), server.local().scheme());
    assertEquals(Optional.empty(), subject.refusal(server.local(), options(), Role.SOURCE));
    assertEquals(Optional.empty(), subject.refusal(server.local(), options(), Role.DESTINATION));
  }

  @Test
  final void shouldTellThatAnAddressIsInUse() throws Exception {
    ChannelServer server = listen(options());
    assertFails(Reason.IN_USE, () -> subject.listen(server.local(), options()));
    Channel source = closing(subject.connect(server.local(), options()));
    assertFalse(source.peer().isEmpty());
    assertFalse(closing(server.accept()).peer().isEmpty());
  }

  @Test
  final void shouldListenAgainWhereAServerWas() throws Exception {
    ChannelServer first = listen(options());
    Pair pair = connect(first, options());
    first.close();
    pair.destination.write(piece(10));
    assertEquals(10, readSome(pair.source), "accepted connections outlive their server");
    pair.destination.close();
    pair.source.close();
    ChannelServer second = closing(subject.listen(first.local(), options()));
    assertEquals(first.local(), second.local());
  }

  @Test
  final void shouldTellThatNobodyListens() throws Exception {
    ChannelServer server = listen(options());
    server.close();
    assertFails(Reason.REFUSED, () -> subject.connect(server.local(), options()));
  }

  @Test
  final void shouldTellThatAHostIsUnknown() throws Exception {
    Optional<Endpoint> unknown = unknownHost();
    assumeTrue(unknown.isPresent(), "addresses have no hosts");
    assertFails(Reason.UNKNOWN_HOST, () -> subject.connect(unknown.get(), options()));
  }

  @Test
  final void shouldKeepTenConnectionsApart() throws Exception {
    ChannelServer server = listen(options());
    List<Future<Long>> readers = new ArrayList<>();
    List<Future<Long>> writers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      long seed = 100L + i;
      Pair pair = connect(server, options());
      readers.add(inBackground(() -> drain(pair.destination, seed)));
      writers.add(inBackground(() -> pump(pair.source, seed, 500_000)));
    }
    for (int i = 0; i < 10; i++) {
      assertEquals(500_000, result(writers.get(i)));
      assertEquals(500_000, result(readers.get(i)));
    }
  }

  @Test
  final void shouldLeaveNothingBehind() throws Exception {
    useAndRelease();
    ProcessResources before = ProcessResources.now();
    for (int i = 0; i < 5; i++) {
      useAndRelease();
    }
    before.assertNothingNew();
  }

  private void useAndRelease() throws Exception {
    try (ChannelServer server = subject.listen(freeEndpoint(), options());
        Channel source = subject.connect(server.local(), options());
        Channel destination = server.accept();
        Channel waiting = subject.connect(server.local(), options())) {
      source.write(piece(1000));
      assertTrue(readSome(destination) > 0);
      destination.abort("the test says so");
      assertSame(waiting, waiting);
    }
    assertFails(Reason.BAD_ADDRESS, () -> subject.connect(malformed().getFirst(), options()));
  }

  @Test
  final void shouldEndEverythingWhenItsBundleStops() throws Exception {
    ChannelServer server = listen(options());
    Pair pair = connect(server, options());
    Future<Integer> read = inBackground(() -> readSome(pair.source));
    Future<Channel> accept = inBackground(server::accept);
    stop(subject);
    assertEquals(Reason.ABORTED, failure(accept).reason());
    assertTrue(read.isDone() || endsSomehow(read), "a blocked read ends"); // both ends were stopped
    assertFails(Reason.ABORTED, () -> readSome(pair.source));
    assertFails(Reason.ABORTED, () -> readSome(pair.destination));
  }

  private static boolean endsSomehow(Future<Integer> read) throws Exception {
    try {
      return result(read) == -1;
    } catch (TransportException e) {
      return e.reason() != Reason.TIMEOUT;
    }
  }
}
