package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own hands its faults over ({@link Monitor}) and checks what it reads. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverServiceTest {
  private static final long LENGTH = MonitorMemory.LENGTH;

  /** Pages are placed one by one. */
  private static final Pace SINGLE = new Pace(0, 0);

  @TempDir Path directory;

  private final HandoverService service = new HandoverService();
  private Path socket;
  private Path memory;
  private Served served;
  private MonitorProcess monitor;

  @BeforeEach
  void writeMemory() throws IOException {
    MonitorMemory.requireUserfaultfd();
    socket = directory.resolve("uffd.sock");
    memory = directory.resolve("ram-0.bin");
    MonitorMemory.write(memory);
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (monitor != null) {
      monitor.kill();
    }
    service.stop();
  }

  private void begin() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    monitor = MonitorProcess.start(socket);
  }

  private void expectOk(String command) throws IOException {
    monitor.expectOk(command);
  }

  @Test
  void shouldServeEveryPageThatAProcessTouches() throws Exception {
    begin();
    expectOk("touch 0 " + Monitor.PAGES);
    assertEquals(monitor.pid(), served.statistics().process().orElseThrow());
    assertEquals(Monitor.PAGES, served.statistics().faults());
    assertEquals(Monitor.PAGES * 6 / 8, served.statistics().pages());
    assertEquals(Monitor.PAGES * 2 / 8, served.statistics().zeroPages());
  }

  @Test
  void shouldServeAStormOfEightThreads() throws Exception {
    begin();
    expectOk("storm");
    assertEquals(Monitor.PAGES, served.statistics().pages() + served.statistics().zeroPages());
  }

  @Test
  void shouldGiveZerosForMemoryThatWasGivenBack() throws Exception {
    begin();
    expectOk("touch 0 64");
    expectOk("remove 0 32");
    expectOk("remove 100 110");
    expectOk("touch 0 128");
    assertEquals(42 * Monitor.PAGE, served.statistics().removedBytes());
  }

  @Test
  void shouldServeWhileMemoryIsGivenBack() throws Exception {
    begin();
    expectOk("churn");
    expectOk("storm");
  }

  @Test
  void shouldLeaveAProcessWithAllItsPagesWhenClosed() throws Exception {
    begin();
    expectOk("touch 17 40");
    expectOk("remove 60 70");
    served.close();
    served.ended().toCompletableFuture().get(30, TimeUnit.SECONDS);
    expectOk("storm");
    expectOk("remove 0 5");
    expectOk("touch 0 20");
  }

  @Test
  void shouldLeaveAProcessWithAllItsPagesThatKeptNoDescriptor() throws Exception {
    begin();
    expectOk("touch 1 2");
    expectOk("drop");
    expectOk("touch 2 9");
    service.stop();
    expectOk("storm");
    assertThrows(UserfaultException.class, () -> service.serve(socket, memory, SINGLE));
  }

  @Test
  void shouldEndWithTheProcess() throws Exception {
    begin();
    expectOk("touch 3 4");
    monitor.kill();
    served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldLetAProcessStandStillWhosePagesCannotBeRead() throws Exception {
    begin();
    expectOk("touch 0 8");
    try (FileChannel file = FileChannel.open(memory, StandardOpenOption.WRITE)) {
      file.truncate(100 * Monitor.PAGE);
    }
    monitor.send("touch 0 200");
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
    assertInstanceOf(UserfaultException.class, failure.getCause());
    served.close();
    assertTrue(monitor.isAlive());
    assertTrue(!monitor.hasAnswered(), "it read something that is not there");
  }

  @Test
  void shouldRefuseAProcessThatHandsNothingOver() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    try (StreamSocket peer = connect();
        Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("[{\"size\":1}]");
      peer.descriptor().write(text, 0, text.byteSize() - 1);
      assertRefused("base_host_virt_addr");
    }
  }

  @Test
  void shouldRefuseATableWithoutADescriptor() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    try (StreamSocket peer = connect();
        Arena arena = Arena.ofConfined()) {
      MemorySegment text =
          arena.allocateFrom("[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0}]");
      peer.descriptor().write(text, 0, text.byteSize() - 1);
      assertRefused("No descriptor");
    }
  }

  @Test
  void shouldRefuseATableWithoutEnd() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    try (StreamSocket peer = connect();
        Arena arena = Arena.ofConfined()) {
      MemorySegment blanks = arena.allocate(1 << 16);
      blanks.fill((byte) ' ');
      peer.descriptor().write(blanks, 0, blanks.byteSize());
      assertRefused("longer than");
    }
  }

  @Test
  void shouldNotBreakOnADescriptorThatTrapsNothing() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    try (StreamSocket peer = connect();
        NativeFile file = NativeFile.memory("no userfaultfd", 4096)) {
      HandedOver.send(
          peer,
          file.descriptor().number(),
          HandedOver.table(
              java.util.List.of(new HandedOver.Region(1 << 20, LENGTH, 0, Monitor.PAGE))));
      assertThrows(
          ExecutionException.class,
          () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void shouldStopWaitingForAProcessWhenClosed() throws Exception {
    served = service.serve(socket, memory, SINGLE);
    served.close();
    assertTrue(!Files.exists(socket));
    assertRefused("No process came");
  }

  private void assertRefused(String reason) {
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
    assertTrue(String.valueOf(failure.getMessage()).contains(reason), failure.getMessage());
  }

  private StreamSocket connect() throws LinuxException {
    return StreamSocket.connect(new SocketName.Local(socket.toString()), Duration.ofSeconds(10));
  }
}
