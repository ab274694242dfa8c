package org.godwit.machine.kvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;
import org.godwit.linux.KvmVcpu;
import org.godwit.linux.LinuxException;
import org.godwit.linux.ThreadKick;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one vCPU while the guest runs: a platform thread, in native state except while it
 * serves an exit. It ends when {@link #stop()} was called or the vCPU cannot go on.
 *
 * <p>Stopping sets the exit flag and kicks until the thread has ended, because a kick between two
 * system calls is lost. The thread clears the flag before it begins, when nobody kicks any more.
 */
final class VcpuThread implements Runnable {
  private static final int DIRECTION = 32;
  private static final int SIZE = 33;
  private static final int PORT = 34;
  private static final int COUNT = 36;
  private static final int DATA_OFFSET = 40;
  private static final int MMIO_DATA = 40;
  private static final int MMIO_IS_WRITE = 52;
  private static final int HARDWARE_REASON = 32;

  private final KvmVcpu vcpu;
  private final Ports ports;
  private final Pace pace;
  private final Failure failure;
  private final Thread thread;

  /** Set by the stopping thread, read before each entry into the guest. */
  private volatile boolean stopping;

  /** Set by this thread when it can be kicked, read by the stopping thread. */
  private volatile @Nullable ThreadKick kick;

  VcpuThread(String name, KvmVcpu vcpu, Ports ports, Pace pace, Failure failure) {
    this.vcpu = vcpu;
    this.ports = ports;
    this.pace = pace;
    this.failure = failure;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this);
  }

  /** Told by the thread that its vCPU cannot go on. */
  @FunctionalInterface
  interface Failure {
    void failed(String reason);
  }

  void start() {
    vcpu.requestExit(false);
    thread.start();
  }

  void stop() {
    stopping = true;
    vcpu.requestExit(true);
    LockSupport.unpark(thread);
  }

  /** Kicks until the thread has ended; returns whether that was in time. */
  boolean join(long millis) throws InterruptedException {
    for (long waited = 0; waited < millis && thread.isAlive(); waited++) {
      ThreadKick kicker = kick;
      if (kicker != null) {
        kicker.kick();
      }
      thread.join(1);
    }
    return !thread.isAlive();
  }

  @Override
  public void run() {
    try {
      kick = ThreadKick.current();
      while (!stopping && serve(vcpu.run())) {
        pace.hold(() -> stopping);
      }
      finishAccess();
    } catch (LinuxException | RuntimeException e) {
      failure.failed(e.toString());
    }
  }

  /** The access of the last exit is completed by the next entry: let it end there. */
  private void finishAccess() throws LinuxException {
    vcpu.requestExit(true);
    int reason = vcpu.run();
    if (reason != KvmVcpu.EXIT_INTERRUPTED) {
      serve(reason);
    }
  }

  /** Serves an exit; returns whether the vCPU can go on. */
  private boolean serve(int reason) {
    MemorySegment run = vcpu.runPage();
    switch (reason) {
      case KvmVcpu.EXIT_INTERRUPTED -> {
        return true;
      }
      case KvmVcpu.EXIT_IO -> {
        port(run);
        return true;
      }
      case KvmVcpu.EXIT_MMIO -> {
        absent(run);
        return true;
      }
      case KvmVcpu.EXIT_HLT -> {
        // Without an interrupt controller nothing can wake it: wait here to be stopped.
        while (!stopping) {
          LockSupport.park(this);
        }
        return true;
      }
      default -> {
        long detail = run.get(ValueLayout.JAVA_LONG, HARDWARE_REASON);
        failure.failed("KVM exit %d, detail 0x%x".formatted(reason, detail));
        return false;
      }
    }
  }

  private void port(MemorySegment run) {
    int port = run.get(ValueLayout.JAVA_SHORT, PORT) & 0xffff;
    int size = run.get(ValueLayout.JAVA_BYTE, SIZE);
    boolean out = run.get(ValueLayout.JAVA_BYTE, DIRECTION) != 0;
    long data = run.get(ValueLayout.JAVA_LONG, DATA_OFFSET);
    for (int i = 0; i < run.get(ValueLayout.JAVA_INT, COUNT); i++) {
      long at = data + (long) i * size;
      if (out) {
        ports.write(port, run.get(ValueLayout.JAVA_BYTE, at) & 0xff);
      } else {
        run.asSlice(at, size).fill((byte) 0xff);
        run.set(ValueLayout.JAVA_BYTE, at, (byte) ports.read(port));
      }
    }
    if (out && port == PageProgram.PACE_PORT) {
      pace.reached();
    }
  }

  /** Where there is no memory, reads give ones and writes go nowhere. */
  private static void absent(MemorySegment run) {
    if (run.get(ValueLayout.JAVA_BYTE, MMIO_IS_WRITE) == 0) {
      run.asSlice(MMIO_DATA, Long.BYTES).fill((byte) 0xff);
    }
  }
}
