package org.godwit.benchmarks.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeCode;

/**
 * Touches pages one after the other and notes for each how many ticks of the processor's clock it
 * took. All of it is machine code: like a vCPU, and unlike a Java thread, it does not stop for
 * collections.
 */
final class GuestCode implements AutoCloseable {
  private static final String LISTING =
      "4c8b07" // ......... 00       mov  r8,[rdi]         ; address
          + "4c8b4f08" // . 03       mov  r9,[rdi+8]       ; pages
          + "4c8b5710" // . 07       mov  r10,[rdi+0x10]   ; bytes of a page
          + "4c8b5f18" // . 0b       mov  r11,[rdi+0x18]   ; results
          + "4d85c9" // ... 0f next: test r9,r9
          + "7433" // ..... 12       jz   out
          + "0faee8" // ... 14       lfence
          + "0f31" // ..... 17       rdtsc
          + "48c1e220" // . 19       shl  rdx,32
          + "4809d0" // ... 1d       or   rax,rdx
          + "4889c6" // ... 20       mov  rsi,rax
          + "0faee8" // ... 23       lfence
          + "418a08" // ... 26       mov  cl,[r8]
          + "0faee8" // ... 29       lfence
          + "0f31" // ..... 2c       rdtsc
          + "48c1e220" // . 2e       shl  rdx,32
          + "4809d0" // ... 32       or   rax,rdx
          + "4829f0" // ... 35       sub  rax,rsi
          + "498903" // ... 38       mov  [r11],rax
          + "4983c308" // . 3b       add  r11,8
          + "4d01d0" // ... 3f       add  r8,r10
          + "49ffc9" // ... 42       dec  r9
          + "ebc8" // ..... 45       jmp  next
          + "31c0" // ..... 47 out:  xor  eax,eax
          + "c3"; // ...... 49       ret

  private static final String CLOCK =
      "0f31" // ........... 00 rdtsc
          + "48c1e220" // . 02 shl  rdx,32
          + "4809d0" // ... 06 or   rax,rdx
          + "c3"; // ...... 09 ret

  private final NativeCode touch;
  private final NativeCode clock;

  private GuestCode(NativeCode touch, NativeCode clock) {
    this.touch = touch;
    this.clock = clock;
  }

  static GuestCode load() throws LinuxException {
    HexFormat hex = HexFormat.of();
    return new GuestCode(
        NativeCode.load(hex.parseHex(LISTING)), NativeCode.load(hex.parseHex(CLOCK)));
  }

  void touch(long address, long pages, long pageSize, long results) {
    try (Arena arena = Arena.ofConfined()) {
      touch.call(arena.allocateFrom(ValueLayout.JAVA_LONG, address, pages, pageSize, results));
    }
  }

  long ticks() {
    return clock.call(MemorySegment.NULL);
  }

  @Override
  public void close() {
    touch.close();
    clock.close();
  }
}
