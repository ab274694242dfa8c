package org.godwit.machine.scripted;

import java.util.HexFormat;
import org.godwit.api.machine.MachineException;
import org.godwit.linux.LinuxException;
import org.godwit.linux.NativeCode;

/**
 * Writes pages as a {@link Control} block tells, until the round or the budget is used up or the
 * program is to stop, which it looks at before each page. Runs in native state, so that it may
 * fault on any page.
 */
interface ProgramCode extends AutoCloseable {

  /** Writes pages; returns at a page's boundary. */
  void run(Control control);

  @Override
  void close();

  /** Machine code where there is some for this processor, else Java that copies finished pages. */
  static ProgramCode load(MappedPages pages) throws MachineException {
    return NativeCode.x86() ? Machine64.load() : new JavaCode(pages);
  }

  /**
   * Position-independent x86-64 code with the C calling convention; changes no preserved register.
   *
   * <p>{@code bts} comes after the stores of its page: x86-64 keeps stores in order, so whoever
   * sees the bit sees the page.
   */
  final class Machine64 implements ProgramCode {
    private static final String LISTING =
        "4c8b4710" // ....... 00       mov  r8,[rdi+0x10]      ; position
            + "4c8b4f28" // . 04       mov  r9,[rdi+0x28]      ; left
            + "4c8b5738" // . 08       mov  r10,[rdi+0x38]     ; budget
            + "833f00" // ... 0c next: cmp  dword [rdi],0      ; stop?
            + "7573" // ..... 0f       jne  out
            + "4d85c9" // ... 11       test r9,r9
            + "746e" // ..... 14       jz   out
            + "4d85d2" // ... 16       test r10,r10
            + "7469" // ..... 19       jz   out
            + "4c8b5f50" // . 1b       mov  r11,[rdi+0x50]
            + "4d01c3" // ... 1f       add  r11,r8             ; page = first + position
            + "4c89da" // ... 22       mov  rdx,r11
            + "48c1e20c" // . 25       shl  rdx,12
            + "48035708" // . 29       add  rdx,[rdi+0x08]     ; its address
            + "48b8157c4a7fb979379e" // 2d mov rax,0x9e3779b97f4a7c15
            + "490fafc3" // . 37       imul rax,r11
            + "48334730" // . 3b       xor  rax,[rdi+0x30]     ; first word
            + "48beb9e5e41c6d4758bf" // 3f mov rsi,0xbf58476d1ce4e5b9
            + "b900020000" // 49       mov  ecx,512
            + "488902" // ... 4e fill: mov  [rdx],rax
            + "4883c208" // . 51       add  rdx,8
            + "4801f0" // ... 55       add  rax,rsi
            + "ffc9" // ..... 58       dec  ecx
            + "75f2" // ..... 5a       jnz  fill
            + "488b5748" // . 5c       mov  rdx,[rdi+0x48]
            + "4885d2" // ... 60       test rdx,rdx
            + "7405" // ..... 63       jz   unlogged
            + "f04c0fab1a" // 65       lock bts [rdx],r11      ; mark the page
            + "4c034718" // . 6a unlogged: add r8,[rdi+0x18]
            + "4c3b4720" // . 6e       cmp  r8,[rdi+0x20]
            + "7204" // ..... 72       jb   within
            + "4c2b4720" // . 74       sub  r8,[rdi+0x20]
            + "49ffc9" // ... 78 within: dec r9
            + "49ffca" // ... 7b       dec  r10
            + "48ff4740" // . 7e       inc  qword [rdi+0x40]
            + "eb88" // ..... 82       jmp  next
            + "4c894710" // . 84 out:  mov  [rdi+0x10],r8
            + "4c894f28" // . 88       mov  [rdi+0x28],r9
            + "4c895738" // . 8c       mov  [rdi+0x38],r10
            + "31c0" // ..... 90       xor  eax,eax
            + "c3"; // ...... 92       ret

    private final NativeCode code;

    private Machine64(NativeCode code) {
      this.code = code;
    }

    static Machine64 load() throws MachineException {
      try {
        return new Machine64(NativeCode.load(HexFormat.of().parseHex(LISTING)));
      } catch (LinuxException e) {
        throw new MachineException("The guest program cannot be made executable", e);
      }
    }

    @Override
    public void run(Control control) {
      code.call(control.block());
    }

    @Override
    public void close() {
      code.close();
    }
  }

  /** The same in Java, for other processors. */
  final class JavaCode implements ProgramCode {
    private final MappedPages pages;

    JavaCode(MappedPages pages) {
      this.pages = pages;
    }

    @Override
    public void run(Control control) {
      long position = control.position();
      long left = control.left();
      long budget = control.budget();
      while (!control.stopped() && left > 0 && budget > 0) {
        pages.write(control.first() + position, control.key());
        position = (position + control.stride()) % control.pages();
        left--;
        budget--;
        control.written(control.written() + 1);
      }
      control.round(position, left, control.key());
      control.budget(budget);
    }

    @Override
    public void close() {
      // nothing of its own
    }
  }
}
