package org.godwit.it.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A 64 KiB firmware that is the whole guest: it fills memory with values that it can compute again,
 * then checks and renews them for ever. Of four pages in a row the first changes in every round,
 * the other three never do. After each round it writes the number of the round, eight hexadecimal
 * digits and a line feed, to the first serial port; a wrong word makes it write {@code !} and halt.
 *
 * <p>Kept as bytes, because an assembler is not everywhere. The listing is 32-bit code except where
 * noted; {@code BEGIN} and {@code END} are put in by {@link #write}.
 */
final class GuestFirmware {
  /** First checked byte of guest memory. */
  static final int BEGIN = 0x20_0000;

  /** First byte behind the checked memory. */
  static final int END = 0x60_0000;

  private static final int SIZE = 0x1_0000;
  private static final int CODE = 0xF000;
  private static final int RESET = 0xFFF0;

  private static final String LISTING =
      """
      fa                     ; 16 bit: cli
      2e 66 0f 01 16 c8 f0   ; 16 bit: lgdtl cs:[gdtr]
      0f 20 c0               ; 16 bit: mov eax, cr0
      66 83 c8 01            ; 16 bit: or eax, 1
      0f 22 c0               ; 16 bit: mov cr0, eax
      66 ea 1a f0 0f 00 08 00; 16 bit: jmp 8:protected
      66 b8 10 00            ; protected: mov ax, 16
      8e d8                  ; mov ds, ax
      8e c0                  ; mov es, ax
      8e d0                  ; mov ss, ax
      31 f6                  ; xor esi, esi           esi = round
      bf 11 11 11 11         ; mov edi, BEGIN
      69 c7 b1 79 37 9e      ; fill: imul eax, edi, 0x9e3779b1
      89 07                  ; mov [edi], eax
      83 c7 04               ; add edi, 4
      81 ff 22 22 22 22      ; cmp edi, END
      72 ed                  ; jb fill
      46                     ; round: inc esi
      bf 11 11 11 11         ; mov edi, BEGIN
      b9 00 04 00 00         ; page: mov ecx, 1024
      f7 c7 00 30 00 00      ; test edi, 0x3000
      75 18                  ; jnz constant
      69 c7 b1 79 37 9e      ; changing: imul eax, edi, 0x9e3779b1
      8d 54 30 ff            ; lea edx, [eax + esi - 1]
      39 17                  ; cmp [edi], edx
      75 43                  ; jne wrong
      42                     ; inc edx
      89 17                  ; mov [edi], edx
      83 c7 04               ; add edi, 4
      e2 ea                  ; loop changing
      eb 0f                  ; jmp next
      69 c7 b1 79 37 9e      ; constant: imul eax, edi, 0x9e3779b1
      39 07                  ; cmp [edi], eax
      75 2f                  ; jne wrong
      83 c7 04               ; add edi, 4
      e2 f1                  ; loop constant
      81 ff 22 22 22 22      ; next: cmp edi, END
      72 c4                  ; jb page
      89 f3                  ; mov ebx, esi
      b9 08 00 00 00         ; mov ecx, 8
      66 ba f8 03            ; mov dx, 0x3f8
      c1 c3 04               ; digit: rol ebx, 4
      88 d8                  ; mov al, bl
      24 0f                  ; and al, 15
      04 30                  ; add al, '0'
      3c 39                  ; cmp al, '9'
      76 02                  ; jbe put
      04 27                  ; add al, 'a' - '9' - 1
      ee                     ; put: out dx, al
      e2 ee                  ; loop digit
      b0 0a                  ; mov al, 10
      ee                     ; out dx, al
      eb 9c                  ; jmp round
      b0 21                  ; wrong: mov al, '!'
      66 ba f8 03            ; mov dx, 0x3f8
      ee                     ; out dx, al
      f4                     ; halt: hlt
      eb fd                  ; jmp halt
      8d b4 00 00            ; padding
      00 00 00 00 00 00 00 00; gdt: null
      ff ff 00 00 00 9b cf 00; flat code
      ff ff 00 00 00 93 cf 00; flat data
      17 00 b0 f0 0f 00      ; gdtr
      """;

  private GuestFirmware() {}

  static Path write(Path file) throws IOException {
    return write(file, END);
  }

  /** With less memory to check, for guests that run slowly. */
  static Path write(Path file, int end) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer code = ByteBuffer.wrap(code()).order(ByteOrder.LITTLE_ENDIAN);
    replace(code, 0x1111_1111, BEGIN);
    replace(code, 0x2222_2222, end);
    image.put(CODE, code.array());
    image.put(RESET, HexFormat.of().parseHex("ea00f000f0")); // jmp 0xf000:0xf000
    return Files.write(file, image.array());
  }

  private static byte[] code() {
    StringBuilder digits = new StringBuilder();
    LISTING
        .lines()
        .map(line -> line.substring(0, line.indexOf(';')).replace(" ", ""))
        .forEach(digits::append);
    return HexFormat.of().parseHex(digits);
  }

  private static void replace(ByteBuffer code, int mark, int value) {
    for (int i = 0; i + 4 <= code.capacity(); i++) {
      if (code.getInt(i) == mark) {
        code.putInt(i, value);
      }
    }
  }
}
