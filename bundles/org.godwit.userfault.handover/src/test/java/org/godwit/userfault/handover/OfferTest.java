package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.godwit.api.userfault.FaultHandover.Offer;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many processes at one socket, and pages that are placed before anybody touches them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OfferTest {
  @TempDir Path directory;

  private final HandoverService service = new HandoverService();
  private final BlockingQueue<Served> came = new LinkedBlockingQueue<>();
  private Path socket;
  private Path memory;

  @BeforeEach
  void writeMemory() throws IOException {
    MonitorMemory.requireUserfaultfd();
    socket = directory.resolve("uffd.sock");
    memory = directory.resolve("memory");
    MonitorMemory.write(memory);
  }

  @AfterEach
  void stop() {
    service.stop();
  }

  private Offer offer(Pace pace) throws Exception {
    return service.offer(socket, memory, pace, came::add);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldServeManyProcessesFromOneFileAtOnce() throws Exception {
    try (Offer offer = offer(Pace.DEFAULT);
        MonitorProcess first = MonitorProcess.start(socket);
        MonitorProcess second = MonitorProcess.start(socket)) {
      first.expectOk("touch 0 64");
      second.expectOk("storm");
      first.expectOk("storm");
      assertEquals(first.pid(), get(came.take().arrived()));
      assertEquals(second.pid(), get(came.take().arrived()));
      assertTrue(!offer.shut().toCompletableFuture().isDone());
    }
    assertTrue(!Files.exists(socket));
  }

  @Test
  void shouldServeTheOthersWhenOneEndsOrIsRefused() throws Exception {
    try (Offer offer = offer(Pace.DEFAULT);
        MonitorProcess first = MonitorProcess.start(socket);
        MonitorProcess second = MonitorProcess.start(socket);
        StreamSocket stranger =
            StreamSocket.connect(new SocketName.Local(socket + ""), Duration.ofSeconds(10))) {
      HandedOver.send(stranger, 0, "hello");
      Served one = came.take();
      came.take();
      assertThrows(ExecutionException.class, () -> get(came.take().arrived()));
      first.kill();
      get(one.ended());
      second.expectOk("storm");
      assertTrue(!offer.shut().toCompletableFuture().isDone());
    }
  }

  @Test
  void shouldLeaveAllProcessesWithTheirPagesWhenClosed() throws Exception {
    Offer offer = offer(Pace.DEFAULT);
    try (MonitorProcess first = MonitorProcess.start(socket);
        MonitorProcess second = MonitorProcess.start(socket)) {
      first.expectOk("drop");
      second.expectOk("drop");
      get(came.take().arrived());
      get(came.take().arrived());
      offer.close();
      get(offer.shut());
      first.expectOk("storm");
      second.expectOk("storm");
    }
  }

  /** Of eight pages six have content and two are a hole, each of which is touched. */
  @Test
  void shouldPlaceThePagesBehindOneThatIsTouchedUpToTheNextHole() throws Exception {
    try (Offer _ = offer(new Pace(64 << 10, 0));
        MonitorProcess monitor = MonitorProcess.start(socket)) {
      Served served = came.take();
      monitor.expectOk("touch 0 " + Monitor.PAGES);
      monitor.kill();
      get(served.ended());
      assertEquals(Monitor.PAGES * 3 / 8, served.statistics().faults());
      assertEquals(Monitor.PAGES * 6 / 8, served.statistics().pages());
      assertEquals(Monitor.PAGES * 2 / 8, served.statistics().zeroPages());
    }
  }

  @Test
  void shouldFillWhatNobodyTouches() throws Exception {
    try (Offer _ = offer(new Pace(0, 1L << 40));
        MonitorProcess monitor = MonitorProcess.start(socket)) {
      Served served = came.take();
      get(served.ended());
      assertEquals(MonitorMemory.LENGTH, served.statistics().bytes());
      assertEquals(MonitorMemory.LENGTH, served.statistics().placedBytes());
      assertEquals(0, served.statistics().faults());
      monitor.expectOk("storm");
    }
  }

  @Test
  void shouldServeAndRemoveWhileItFills() throws Exception {
    try (Offer _ = offer(new Pace(32 << 10, 8 << 20));
        MonitorProcess monitor = MonitorProcess.start(socket)) {
      Served served = came.take();
      monitor.expectOk("remove 400 420");
      monitor.expectOk("touch 380 440");
      monitor.expectOk("churn");
      get(served.ended());
      monitor.expectOk("storm");
      monitor.expectOk("remove 0 5");
      monitor.expectOk("touch 0 20");
    }
  }

  @Test
  void shouldTakeTheSocketOfAListenerThatDied() throws Exception {
    ListeningSocket dying = ListeningSocket.listen(new SocketName.Local(socket + ""), 1);
    Path moved = Files.move(socket, directory.resolve("moved"));
    dying.close(); // finds nothing to remove, as if it had been killed
    Files.move(moved, socket);
    try (Offer _ = offer(Pace.DEFAULT);
        MonitorProcess monitor = MonitorProcess.start(socket)) {
      monitor.expectOk("touch 0 8");
    }
  }
}
