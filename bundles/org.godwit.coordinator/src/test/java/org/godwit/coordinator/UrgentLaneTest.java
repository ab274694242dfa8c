package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.transport.TransportException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lane for requested pages: when it waits, what it breaks, and that its thread ends. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UrgentLaneTest {
  private final NotedChannel main = new NotedChannel("main");
  private final NotedChannel second = new NotedChannel("second");
  private final Comers comers = new Comers();
  private final PeerQueue peers = new PeerQueue(comers, "test");
  private final PairedChannel pair = new PairedChannel(main, Optional.of(peers));
  private final UrgentLane lane = UrgentLane.beside(pair).orElseThrow();
  private final BlockingQueue<String> expected = new LinkedBlockingQueue<>();
  private final PostcopyLoad load =
      (PostcopyLoad)
          Proxy.newProxyInstance(
              UrgentLaneTest.class.getClassLoader(),
              new Class<?>[] {PostcopyLoad.class},
              (self, method, arguments) -> {
                if (method.getName().equals("urgentExpected")) {
                  expected.add(String.valueOf(arguments[0]));
                  return null;
                }
                throw new AssertionError("nothing can be read: " + method);
              });

  @AfterEach
  void close() {
    lane.close();
    peers.close();
  }

  private String expectation() throws InterruptedException {
    return String.valueOf(expected.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void shouldOnlyBeBesideAConnectionThatMayBeJoined() {
    assertEquals(Optional.empty(), UrgentLane.beside(main));
    assertEquals(Optional.empty(), UrgentLane.beside(new PairedChannel(main, Optional.empty())));
  }

  @Test
  void shouldEndWhenNobodyComes() {
    lane.start();
    lane.close();
    assertEquals(List.of(), main.calls);
  }

  @Test
  void shouldEndWhenSomebodyCameBeforeThereWasAnythingToServe() {
    comers.next.add(second);
    lane.start();
    lane.close();
    assertEquals(List.of(), main.calls);
  }

  @Test
  void shouldLetTheSourceGoOnWhoseSecondConnectionCannotBeAccepted() throws Exception {
    comers.next.add(
        new TransportException(TransportException.Reason.ENVIRONMENT, "No descriptors are left."));
    lane.start();
    lane.serve(load);
    String last = expectation();
    while (!last.equals("false")) {
      last = expectation();
    }
    assertEquals(List.of(), main.calls);
  }

  @Test
  void shouldEndWhileItReads() throws Exception {
    comers.next.add(second);
    lane.start();
    lane.serve(load);
    assertEquals("true", expectation());
    assertTrue(second.read.await(20, TimeUnit.SECONDS));
    lane.complete();
    lane.close();
    assertEquals("false", expectation());
    assertEquals(List.of(), main.calls);
    assertTrue(second.calls.getFirst().startsWith("abort"), second.calls::toString);
  }

  @Test
  void shouldBreakWithTheMainConnection() throws Exception {
    CountDownLatch joined = second.read;
    comers.next.add(second);
    lane.start();
    lane.serve(load);
    assertTrue(joined.await(20, TimeUnit.SECONDS));
    assertEquals("true", expectation());
    pair.abort("the operator paused it");
    // without a close: the receiving thread waits for this
    assertEquals("false", expectation());
    assertEquals("abort the operator paused it", main.calls.getFirst());
    assertEquals("abort the operator paused it", second.calls.getFirst());
  }

  @Test
  void shouldNotWaitForASecondConnectionBesideABrokenOne() throws Exception {
    lane.start();
    lane.serve(load);
    assertEquals("true", expectation());
    pair.abort("the link broke");
    assertEquals("false", expectation());
  }
}
