package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
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
 * What a transport of one direction must do: files, commands, pipes. What a source wrote, a
 * destination reads, through an endpoint of each.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class OneWayTransportContract extends TransportFixture {
  private static final long STREAM_BYTES = 3_000_000;
  private static final Duration BRIEF = Duration.ofMillis(100);

  /** Creates the contract. */
  protected OneWayTransportContract() {}

  /**
   * Two endpoints, one leading to the other.
   *
   * @param source where to write
   * @param destination where to read
   * @param live true if both are open at the same time and bytes are held back until they are read
   *     (a pipe), false if reading begins when writing has ended (a file)
   */
  public record Route(Endpoint source, Endpoint destination, boolean live) {}

  /**
   * Prepares a way for one stream.
   *
   * @return endpoints that were not used before
   * @throws Exception if none can be prepared
   */
  protected abstract Route route() throws Exception;

  /**
   * Releases what {@link #route()} prepared and nobody used.
   *
   * @param route what it made
   */
  protected void release(Route route) {
    // most routes hold nothing
  }

  /**
   * Addresses that must be refused for either role.
   *
   * @return at least one
   */
  protected abstract List<Endpoint> malformed();

  private Channel source(Route route, TransportOptions options) throws TransportException {
    return closing(subject.connect(route.source, options));
  }

  private Channel destination(Route route, TransportOptions options) throws TransportException {
    return closing(closing(subject.listen(route.destination, options)).accept());
  }

  private Route liveRoute() throws Exception {
    Route route = route();
    assumeTrue(route.live, "nothing blocks");
    return route;
  }

  private long carry(Route route, TransportOptions options, long bytes) throws Exception {
    Channel source = source(route, options);
    if (route.live) {
      Future<Long> write = inBackground(() -> pump(source, 3, bytes));
      long read = drain(destination(route, options), 3);
      assertEquals(bytes, result(write));
      source.close();
      return read;
    }
    pump(source, 3, bytes);
    source.close();
    return drain(destination(route, options), 3);
  }

  @Test
  final void shouldCarryPiecesOfAnySizeUnchanged() throws Exception {
    assertEquals(STREAM_BYTES, carry(route(), TransportOptions.DEFAULT, STREAM_BYTES));
  }

  @Test
  final void shouldCarryAnEmptyStream() throws Exception {
    assertEquals(0, carry(route(), TransportOptions.DEFAULT, 0));
  }

  @Test
  final void shouldWriteTheLongestListAndLeaveItAlone() throws Exception {
    Route route = route();
    MemorySegment memory = memory(1024 * 1024L);
    GatherList list = list(1024);
    for (int i = 0; i < 1024; i++) {
      new SeededBytes(7).fill(memory, i * 1024L, 1000, i * 1000L);
      list.add(memory, i * 1024L, 1000);
    }
    byte[] before = list.vectors().toArray(ValueLayout.JAVA_BYTE);
    Channel source = source(route, TransportOptions.DEFAULT);
    Future<Object> write =
        inBackground(
            () -> {
              source.write(list);
              source.endOutput();
              return "written";
            });
    if (!route.live) {
      result(write);
    }
    assertEquals(1_024_000, drain(destination(route, TransportOptions.DEFAULT), 7));
    result(write);
    assertEquals(-1, MemorySegment.ofArray(before).mismatch(list.vectors()));
  }

  @Test
  final void shouldHaveOneDirectionAndOneStream() throws Exception {
    Route route = route();
    Channel source = source(route, TransportOptions.DEFAULT);
    if (!route.live) {
      source.write(piece(10));
      source.close();
    }
    ChannelServer server = closing(subject.listen(route.destination, TransportOptions.DEFAULT));
    Channel destination = closing(server.accept());
    assertFalse(source.bidirectional());
    assertFalse(destination.bidirectional());
    assertFails(Reason.IN_USE, server::accept);
    assertFails(
        Reason.BAD_ADDRESS,
        () -> {
          destination.write(piece(1));
          return "written";
        });
  }

  @RepeatedTest(5)
  final void shouldEndABlockedReadWhenAborted() throws Exception {
    Route route = liveRoute();
    Channel source = source(route, TransportOptions.DEFAULT);
    Channel destination = destination(route, TransportOptions.DEFAULT);
    CountDownLatch begun = new CountDownLatch(1);
    Future<Integer> read =
        inBackground(
            () -> {
              begun.countDown();
              return readSome(destination);
            });
    begun.await();
    destination.abort("the test says so");
    TransportException failure = failure(read);
    assertEquals(Reason.ABORTED, failure.reason());
    assertTrue(failure.toString().contains("the test says so"), failure::toString);
    assertFalse(source.peer().isEmpty());
  }

  @RepeatedTest(5)
  final void shouldEndABlockedWriteWhenAborted() throws Exception {
    Route route = liveRoute();
    Channel source = source(route, TransportOptions.DEFAULT);
    Channel destination = destination(route, TransportOptions.DEFAULT);
    Future<Object> write = inBackground(() -> writeForEver(source));
    assertTrue(readSome(destination) > 0);
    source.abort("the test says so");
    assertEquals(Reason.ABORTED, failure(write).reason());
  }

  @Test
  final void shouldBoundReadingFromASilentSource() throws Exception {
    Route route = liveRoute();
    TransportOptions brief = TransportOptions.DEFAULT.withIoTimeout(BRIEF);
    Channel source = source(route, brief);
    Channel destination = destination(route, brief);
    assertFails(Reason.TIMEOUT, () -> readSome(destination));
    assertFalse(source.peer().isEmpty());
  }

  @Test
  final void shouldBoundWritingToADestinationThatNeverReads() throws Exception {
    Route route = liveRoute();
    TransportOptions brief = TransportOptions.DEFAULT.withIoTimeout(BRIEF);
    Channel source = source(route, brief);
    Channel destination = destination(route, brief);
    assertFails(Reason.TIMEOUT, () -> writeForEver(source));
    assertFalse(destination.peer().isEmpty());
  }

  @Test
  final void shouldTellAWriterThatItsReaderIsGone() throws Exception {
    Route route = liveRoute();
    Channel source = source(route, TransportOptions.DEFAULT);
    Channel destination = destination(route, TransportOptions.DEFAULT);
    Future<Object> write = inBackground(() -> writeForEver(source));
    assertTrue(readSome(destination) > 0);
    destination.close();
    assertEquals(Reason.PEER_GONE, failure(write).reason());
  }

  @Test
  final void shouldFailEveryCallAfterAbort() throws Exception {
    Channel source = source(route(), TransportOptions.DEFAULT);
    source.abort("first reason");
    source.abort("second reason");
    TransportException failure = failure(inBackground(() -> writeForEver(source)));
    assertEquals(Reason.ABORTED, failure.reason());
    assertTrue(failure.toString().contains("first reason"), failure::toString);
  }

  @Test
  final void shouldTakeCloseAndAbortInAnyOrder() throws Exception {
    Route route = route();
    assertDoesNotThrow(
        () -> {
          Channel source = source(route, TransportOptions.DEFAULT);
          source.close();
          source.close();
          source.abort("after close");
          Channel other = source(route(), TransportOptions.DEFAULT);
          other.abort("before close");
          other.close();
          other.close();
        });
  }

  @Test
  final void shouldRefuseBadAddressesWithoutTouchingAnything() throws Exception {
    ProcessResources before = ProcessResources.now();
    for (Endpoint bad : malformed()) {
      for (Role role : Role.values()) {
        assertTrue(
            subject.refusal(bad, TransportOptions.DEFAULT, role).isPresent(),
            () -> "accepted " + bad + " as " + role);
      }
      assertFails(Reason.BAD_ADDRESS, () -> subject.connect(bad, TransportOptions.DEFAULT));
      assertFails(Reason.BAD_ADDRESS, () -> subject.listen(bad, TransportOptions.DEFAULT));
    }
    before.assertNothingNew();
  }

  @Test
  final void shouldLeaveNothingBehind() throws Exception {
    useAndRelease();
    ProcessResources before = ProcessResources.now();
    for (int i = 0; i < 3; i++) {
      useAndRelease();
    }
    before.assertNothingNew();
  }

  private void useAndRelease() throws Exception {
    Route used = route();
    carry(used, TransportOptions.DEFAULT, 100_000);
    closeOpened();
    Route other = route();
    try (Channel aborted = subject.connect(other.source, TransportOptions.DEFAULT)) {
      aborted.abort("the test says so");
    }
    release(other);
  }

  @Test
  final void shouldEndEverythingWhenItsBundleStops() throws Exception {
    Channel source = source(route(), TransportOptions.DEFAULT);
    stop(subject);
    assertFails(Reason.ABORTED, () -> writeForEver(source));
  }
}
