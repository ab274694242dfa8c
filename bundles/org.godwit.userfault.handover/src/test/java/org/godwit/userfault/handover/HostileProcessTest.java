package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.FaultHandover.Taken;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ListeningSocket;
import org.godwit.linux.Mapping;
import org.godwit.linux.NativeFile;
import org.godwit.linux.RawMemory;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a process can send that is no handover, or one that must not be believed. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileProcessTest {
  private static final long LENGTH = 4L << 20;
  private static final String PROBE = "godwit-leak-probe";

  /** Pages are placed one by one. */
  private static final Pace SINGLE = new Pace(0, 0);

  @TempDir Path directory;

  private final HandoverService service = new HandoverService();
  private Path socket;
  private Path memory;

  @BeforeEach
  void writeMemory() throws IOException {
    try (FaultDescriptor uffd = FaultDescriptor.openWithRemovals()) {
      assertTrue(uffd.number() > 0);
    } catch (LinuxException e) {
      assertEquals(null, System.getenv("CI"), e.getMessage());
      Assumptions.abort(e.getMessage());
    }
    socket = directory.resolve("uffd.sock");
    memory = Files.write(directory.resolve("memory"), new byte[(int) LENGTH]);
  }

  @AfterEach
  void stop() {
    service.stop();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello | no JSON",
        "[7 | ended after 2 bytes",
        "[] | no array",
        "[{\"base_host_virt_addr\":4096,\"size\":0,\"offset\":0}] | bad region",
        "[{\"base_host_virt_addr\":4096,\"size\":4097,\"offset\":0}] | bad region",
        "[{\"base_host_virt_addr\":4096,\"size\":8388608,\"offset\":0}] | of a file of 4194304",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":4194304}] | of a file of 4194304",
        "[{\"base_host_virt_addr\":4096,\"size\":8192,\"offset\":0},"
            + "{\"base_host_virt_addr\":8192,\"size\":4096,\"offset\":0}] | overlap",
        "[{\"base_host_virt_addr\":1073741824,\"size\":1073741824,\"offset\":0,"
            + "\"page_size\":1073741824}] | of a file of 4194304",
        "[{\"base_host_virt_addr\":4194304,\"size\":4194304,\"offset\":0,"
            + "\"page_size\":4194304}] | between 4096 and 2097152",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0}] | no userfaultfd",
      })
  void shouldRefuseWhatIsNoHandoverAndKeepNothingOfIt(String table, String reason)
      throws Exception {
    Served served = service.serve(socket, memory, SINGLE);
    try (NativeFile probe = NativeFile.memory(PROBE, 4096)) {
      try (StreamSocket peer = connect()) {
        HandedOver.send(peer, probe.descriptor().number(), table);
      }
      assertRefused(served, reason);
      assertEquals(1, openProbes(), "the one of this test");
    }
    assertTrue(!Files.exists(socket));
  }

  @Test
  void shouldRefuseASecondDescriptorAndCloseBoth() throws Exception {
    Served served = service.serve(socket, memory, SINGLE);
    try (NativeFile probe = NativeFile.memory(PROBE, 4096);
        StreamSocket peer = connect()) {
      HandedOver.send(peer, probe.descriptor().number(), "[");
      HandedOver.send(peer, probe.descriptor().number(), "{");
      assertRefused(served, "More than one descriptor");
      assertEquals(1, openProbes(), "the one of this test");
    }
  }

  @Test
  void shouldNotWaitForeverForAProcessThatSendsNothing() throws Exception {
    try (Reception reception = reception();
        StreamSocket silent = connect()) {
      assertTrue(silent.descriptor().number() > 0);
      UserfaultException refused =
          assertThrows(
              UserfaultException.class,
              () -> reception.await(Duration.ZERO, Duration.ofMillis(20), LENGTH));
      assertTrue(String.valueOf(refused.getMessage()).contains("No faults"), refused.getMessage());
    }
  }

  @Test
  void shouldNotWaitForeverForAProcessThatDoesNotCome() {
    UserfaultException refused =
        assertThrows(UserfaultException.class, () -> service.take(socket, Duration.ofMillis(20)));
    assertTrue(String.valueOf(refused.getMessage()).contains("No process"), refused.getMessage());
    assertTrue(!Files.exists(socket));
  }

  @Test
  void shouldEndTheWaitForATableFromAnotherThread() throws Exception {
    Reception reception = reception();
    CompletableFuture<Arrival> arrival = new CompletableFuture<>();
    Thread.ofPlatform().daemon().start(() -> receive(reception, arrival));
    try (StreamSocket silent = connect()) {
      assertTrue(silent.descriptor().number() > 0);
      reception.close();
      assertThrows(ExecutionException.class, () -> arrival.get(60, TimeUnit.SECONDS));
    }
  }

  private static void receive(Reception reception, CompletableFuture<Arrival> arrival) {
    try {
      arrival.complete(reception.await(Duration.ZERO, Duration.ZERO.plusHours(1), LENGTH));
    } catch (UserfaultException e) {
      arrival.completeExceptionally(e);
    }
  }

  @Test
  void shouldEndATakeWhenTheBundleStops() throws Exception {
    CompletableFuture<Taken> taken = new CompletableFuture<>();
    Thread taker =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    taken.complete(service.take(socket, Duration.ZERO));
                  } catch (UserfaultException e) {
                    taken.completeExceptionally(e);
                  }
                });
    service.stop();
    ExecutionException end =
        assertThrows(ExecutionException.class, () -> taken.get(60, TimeUnit.SECONDS));
    assertInstanceOf(UserfaultException.class, end.getCause());
    taker.join();
  }

  /** As if memory were short in the middle of a fault. */
  @Test
  void shouldTellTheEndAndCloseTheFileWhenServingBreaksWithAnError() throws Exception {
    Broken source = new Broken();
    ServedProcess served = new ServedProcess(reception(), source, SINGLE, _ -> {});
    served.start();
    try (Mapping guest = Mapping.anonymous(LENGTH);
        StreamSocket peer = connect()) {
      long address = guest.segment().address();
      try (FaultDescriptor uffd =
          HandedOver.send(peer, List.of(new HandedOver.Region(address, LENGTH, 0, 4096)))) {
        Thread.ofPlatform().daemon().start(() -> RawMemory.read(address));
        ExecutionException end =
            assertThrows(
                ExecutionException.class,
                () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
        assertInstanceOf(OutOfMemoryError.class, end.getCause());
        assertTrue(source.closed.await(60, TimeUnit.SECONDS), "the file stays open");
        assertEquals(0, uffd.unregister(address, LENGTH), "the reader goes on");
      }
    }
    served.close();
  }

  /** A file that cannot be read for want of memory. */
  private static final class Broken implements PageSource {
    final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public long size() {
      return LENGTH;
    }

    @Override
    public long data(long position) {
      return position;
    }

    @Override
    public long hole(long position) {
      return LENGTH;
    }

    @Override
    public void read(MemorySegment into, long length, long position) {
      throw new OutOfMemoryError("for the test");
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private Reception reception() throws LinuxException {
    return Reception.at(ListeningSocket.listen(new SocketName.Local(socket.toString()), 1));
  }

  private static void assertRefused(Served served, String reason) {
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
    assertTrue(String.valueOf(failure.getMessage()).contains(reason), failure.getMessage());
  }

  private static long openProbes() throws IOException {
    try (var numbers = Files.list(Path.of("/proc/self/fd"))) {
      return numbers.filter(HostileProcessTest::isProbe).count();
    }
  }

  private static boolean isProbe(Path number) {
    try {
      return Files.readSymbolicLink(number).toString().contains(PROBE);
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private StreamSocket connect() throws LinuxException {
    return StreamSocket.connect(new SocketName.Local(socket.toString()), Duration.ofSeconds(10));
  }
}
