package org.godwit.machine.kvm;

import java.util.HexFormat;

/**
 * The built-in guest program: 64-bit code for ring 3 with I/O privilege, where nested KVM runs it
 * natively. It uses no memory but the pages it writes, and no stack. Registers:
 *
 * <pre>
 *   rbp  address of the vCPU's share      r8  position in the share, in pages
 *   rbx  pages between lines              r9  stride, in pages
 *   rsp  pages between looks at the rate  r10 pages of the share
 *   r12  key of the round                 r11 pages written in all
 *   r13  number of the next line          r14 pages until the next line
 *   r15  pages until the rate is looked at
 * </pre>
 *
 * <p>The content is that of {@code PageContent} with the number of the page within RAM. A line is
 * {@code line N} and a line feed on port 0x3f8. Writing to port 0x80 asks the host to hold the vCPU
 * until its next pages are due.
 */
final class PageProgram {
  /** Where the code lies in RAM. */
  static final long ADDRESS = 0x8000;

  /** Port that the host answers when the rate allows more. */
  static final int PACE_PORT = 0x80;

  private static final int FILL = 0x31;
  private static final int FILL_END = 0x3d;
  private static final int COUNT = 0x3f;
  private static final int WORDS = 512;

  private static final String LISTING =
      "4c89c7" // ........... 00 next: mov  rdi,r8
          + "48c1e70c" // ... 03       shl  rdi,12
          + "4801ef" // ..... 07       add  rdi,rbp        ; address of the page
          + "4889f8" // ..... 0a       mov  rax,rdi
          + "48c1e80c" // ... 0d       shr  rax,12         ; its number
          + "48ba157c4a7fb979379e" // 11 mov rdx,0x9e3779b97f4a7c15
          + "480fafc2" // ... 1b       imul rax,rdx
          + "4c31e0" // ..... 1f       xor  rax,r12        ; first word
          + "48bab9e5e41c6d4758bf" // 22 mov rdx,0xbf58476d1ce4e5b9
          + "b900020000" // . 2c       mov  ecx,512
          + "488907" // ..... 31 fill: mov  [rdi],rax
          + "4883c708" // ... 34       add  rdi,8
          + "4801d0" // ..... 38       add  rax,rdx
          + "ffc9" // ....... 3b       dec  ecx
          + "75f2" // ....... 3d       jnz  fill
          + "49ffc3" // ..... 3f       inc  r11            ; the page counts from here on
          + "4d01c8" // ..... 42       add  r8,r9
          + "4d39d0" // ..... 45       cmp  r8,r10
          + "7203" // ....... 48       jb   within
          + "4d29d0" // ..... 4a       sub  r8,r10
          + "4d85c0" // ..... 4d within: test r8,r8
          + "750d" // ....... 50       jnz  same
          + "48baeb113113bb49d094" // 52 mov rdx,0x94d049bb133111eb
          + "4901d4" // ..... 5c       add  r12,rdx        ; next round
          + "49ffcf" // ..... 5f same: dec  r15
          + "7505" // ....... 62       jnz  free
          + "4989e7" // ..... 64       mov  r15,rsp
          + "e680" // ....... 67       out  0x80,al        ; wait until more is due
          + "49ffce" // ..... 69 free: dec  r14
          + "7592" // ....... 6c       jnz  next
          + "4989de" // ..... 6e       mov  r14,rbx
          + "baf8030000" // . 71       mov  edx,0x3f8
          + "48be6c696e6520000000" // 76 mov rsi,"line "
          + "89f0" // ....... 80 text: mov  eax,esi
          + "ee" // ......... 82       out  dx,al
          + "48c1ee08" // ... 83       shr  rsi,8
          + "75f7" // ....... 87       jnz  text
          + "4c89ef" // ..... 89       mov  rdi,r13
          + "b901000000" // . 8c       mov  ecx,1
          + "488d3489" // ... 91 grow: lea  rsi,[rcx+rcx*4]
          + "4801f6" // ..... 95       add  rsi,rsi        ; ten times rcx
          + "4839fe" // ..... 98       cmp  rsi,rdi
          + "7705" // ....... 9b       ja   digit
          + "4889f1" // ..... 9d       mov  rcx,rsi
          + "ebef" // ....... a0       jmp  grow
          + "4889f8" // ..... a2 digit: mov rax,rdi
          + "31d2" // ....... a5       xor  edx,edx
          + "48f7f1" // ..... a7       div  rcx
          + "4889d7" // ..... aa       mov  rdi,rdx
          + "83c030" // ..... ad       add  eax,'0'
          + "baf8030000" // . b0       mov  edx,0x3f8
          + "ee" // ......... b5       out  dx,al
          + "4889c8" // ..... b6       mov  rax,rcx
          + "31d2" // ....... b9       xor  edx,edx
          + "be0a000000" // . bb       mov  esi,10
          + "48f7f6" // ..... c0       div  rsi
          + "4889c1" // ..... c3       mov  rcx,rax
          + "4885c0" // ..... c6       test rax,rax
          + "75d7" // ....... c9       jnz  digit
          + "b80a000000" // . cb       mov  eax,10
          + "baf8030000" // . d0       mov  edx,0x3f8
          + "ee" // ......... d5       out  dx,al
          + "49ffc5" // ..... d6       inc  r13
          + "e922ffffff"; //  d9       jmp  next

  private PageProgram() {}

  static byte[] code() {
    return HexFormat.of().parseHex(LISTING);
  }

  /**
   * How many words of the page that is being written have their new content, at a stop anywhere in
   * the code. Behind {@code inc r11} the page counts as written, and the next one has none yet.
   */
  static int wordsWritten(long rip, long rcx) {
    int at = (int) (rip - ADDRESS);
    int counted = WORDS - (int) rcx;
    if (at < FILL || at > COUNT) {
      return 0;
    }
    if (at == COUNT) {
      return WORDS;
    }
    return at == FILL || at == FILL_END ? counted : counted + 1;
  }
}
