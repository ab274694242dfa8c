package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.godwit.api.userfault.FaultHandover.Served;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.linux.FaultDescriptor;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeFile;
import org.godwit.linux.SocketName;
import org.godwit.linux.StreamSocket;
import org.godwit.tck.SeededBytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own hands its faults over ({@link Monitor}) and checks what it reads. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverServiceTest {
  private static final long LENGTH = Monitor.PAGES * Monitor.PAGE;

  @TempDir Path directory;

  private final HandoverService service = new HandoverService();
  private Path socket;
  private Path memory;
  private Served served;
  private Process monitor;
  private BufferedReader answers;

  @BeforeEach
  void writeMemory() throws IOException {
    try (FaultDescriptor uffd = FaultDescriptor.openWithRemovals()) {
      assertTrue(uffd.number() > 0);
    } catch (LinuxException e) {
      assertEquals(null, System.getenv("CI"), e.getMessage());
      Assumptions.abort(e.getMessage());
    }
    socket = directory.resolve("uffd.sock");
    memory = directory.resolve("ram-0.bin");
    try (FileChannel file =
            FileChannel.open(memory, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Monitor.PAGE);
      for (int number = 0; number < Monitor.PAGES; number++) {
        if (!Monitor.isHole(number)) {
          new SeededBytes(number).fill(page, 0, Monitor.PAGE, 0);
          file.write(page.asByteBuffer(), number * Monitor.PAGE);
        }
      }
    }
    try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
      file.setLength(LENGTH); // the last pages are a hole
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (monitor != null) {
      monitor.destroyForcibly().waitFor();
    }
    service.stop();
  }

  private void begin() throws Exception {
    served = service.serve(socket, memory);
    monitor =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Monitor.class.getName(),
                socket.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = monitor.inputReader(StandardCharsets.UTF_8);
    assertEquals("handed over", answers.readLine());
  }

  private void send(String command) {
    PrintStream out = new PrintStream(monitor.getOutputStream(), true, StandardCharsets.UTF_8);
    out.println(command);
  }

  private void expectOk(String command) throws IOException {
    send(command);
    assertEquals(command + " ok", answers.readLine());
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
    assertThrows(UserfaultException.class, () -> service.serve(socket, memory));
  }

  @Test
  void shouldEndWithTheProcess() throws Exception {
    begin();
    expectOk("touch 3 4");
    monitor.destroyForcibly().waitFor();
    served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldLetAProcessStandStillWhosePagesCannotBeRead() throws Exception {
    begin();
    expectOk("touch 0 8");
    try (FileChannel file = FileChannel.open(memory, StandardOpenOption.WRITE)) {
      file.truncate(100 * Monitor.PAGE);
    }
    send("touch 0 200");
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> served.ended().toCompletableFuture().get(60, TimeUnit.SECONDS));
    assertInstanceOf(UserfaultException.class, failure.getCause());
    served.close();
    assertTrue(monitor.isAlive());
    assertTrue(!answers.ready(), "it read something that is not there");
  }

  @Test
  void shouldRefuseAProcessThatHandsNothingOver() throws Exception {
    served = service.serve(socket, memory);
    try (StreamSocket peer = connect();
        Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("[{\"size\":1}]");
      peer.descriptor().write(text, 0, text.byteSize() - 1);
      assertRefused("base_host_virt_addr");
    }
  }

  @Test
  void shouldRefuseATableWithoutADescriptor() throws Exception {
    served = service.serve(socket, memory);
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
    served = service.serve(socket, memory);
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
    served = service.serve(socket, memory);
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
    served = service.serve(socket, memory);
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
