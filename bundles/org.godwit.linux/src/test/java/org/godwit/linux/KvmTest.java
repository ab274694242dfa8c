package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.linux.KvmVcpu.Part;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KvmTest {
  private static final long MEMORY = 1 << 20;
  private static final long CODE = 0x1000;

  /**
   * Real mode: {@code mov dx,0x3f8; mov al,'x'; out dx,al; mov [0x5000],al; inc al; out dx,al; jmp
   * $}.
   */
  private static final byte[] GUEST = {
    (byte) 0xba,
    (byte) 0xf8,
    0x03,
    (byte) 0xb0,
    'x',
    (byte) 0xee,
    (byte) 0xa2,
    0x00,
    0x50,
    (byte) 0xfe,
    (byte) 0xc0,
    (byte) 0xee,
    (byte) 0xeb,
    (byte) 0xfe
  };

  @BeforeEach
  void require() {
    try (Kvm kvm = Kvm.open()) {
      assertTrue(kvm.msrs().length > 0);
    } catch (LinuxException e) {
      NativeRequirement.missing("KVM", e.getMessage());
    }
  }

  @Test
  void shouldRunAGuestLogItsWritesAndKickIt() throws Exception {
    try (Kvm kvm = Kvm.open();
        Mapping memory = Mapping.anonymous(MEMORY);
        KvmVm vm = kvm.createVm()) {
      MemorySegment.copy(GUEST, 0, memory.segment(), ValueLayout.JAVA_BYTE, CODE, GUEST.length);
      vm.memory(0, 0, memory.segment(), true);
      try (KvmVcpu vcpu = vm.createVcpu(0)) {
        start(vcpu);
        assertEquals(KvmVcpu.EXIT_IO, vcpu.run());
        assertEquals('x', vcpu.runPage().get(ValueLayout.JAVA_BYTE, portData(vcpu)));
        assertEquals(KvmVcpu.EXIT_IO, vcpu.run());
        assertEquals('y', vcpu.runPage().get(ValueLayout.JAVA_BYTE, portData(vcpu)));
        assertEquals('x', memory.segment().get(ValueLayout.JAVA_BYTE, 0x5000));
        assertLogged(vm, 5);
        assertKickable(vcpu);
      }
    }
  }

  private static long portData(KvmVcpu vcpu) {
    return vcpu.runPage().get(ValueLayout.JAVA_LONG, 40);
  }

  private static void start(KvmVcpu vcpu) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sregs = arena.allocate(Part.SREGS.bytes(), 8);
      vcpu.get(Part.SREGS, sregs);
      sregs.set(ValueLayout.JAVA_LONG, 0, 0); // cs.base
      sregs.set(ValueLayout.JAVA_SHORT, 12, (short) 0); // cs.selector
      vcpu.set(Part.SREGS, sregs);
      MemorySegment regs = arena.allocate(Part.REGS.bytes(), 8);
      regs.set(ValueLayout.JAVA_LONG, 16 * 8, CODE);
      regs.set(ValueLayout.JAVA_LONG, 17 * 8, 2);
      vcpu.set(Part.REGS, regs);
    }
  }

  private static void assertKickable(KvmVcpu vcpu) throws Exception {
    CompletableFuture<ThreadKick> kick = new CompletableFuture<>();
    CountDownLatch ended = new CountDownLatch(1);
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                kick.complete(ThreadKick.current());
                exit.complete(vcpu.run());
              } catch (LinuxException e) {
                exit.completeExceptionally(e);
              }
              ended.countDown();
            });
    vcpu.requestExit(true);
    while (!ended.await(1, TimeUnit.MILLISECONDS)) {
      kick.get().kick();
    }
    vcpu.requestExit(false);
    assertEquals(KvmVcpu.EXIT_INTERRUPTED, exit.get());
  }

  private static void assertLogged(KvmVm vm, int page) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bitmap = arena.allocate(MEMORY / 4096 / 8, 8);
      vm.dirtyLog(0, bitmap);
      assertTrue((bitmap.get(ValueLayout.JAVA_LONG, 0) & 1L << page) != 0);
    }
  }
}
