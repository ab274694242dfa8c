package org.godwit.machine.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The program of guests that check their own memory: 32-bit code behind a multiboot header, which
 * QEMU loads with {@code -kernel}. No firmware of others is contained.
 *
 * <p>In words: memory from 16 MiB to the last 8 MiB below its end (2 GiB at most) is filled; each
 * 32-bit word of the page at address a holds {@code a * 0x9E3779B1 + n}, where n is 0 for ever
 * behind the first 8 MiB and the number of the round within them. A round compares the first 8 MiB
 * with the last round, writes them anew, compares the next slice of 8 MiB of the rest, and writes a
 * line {@code pPrR} to the serial port: P is how often the rest was compared from end to end, R the
 * round. A page that differs ends the program with a line {@code BA}, A behind its address.
 */
final class CheckingProgram {
  private static final String CODE =
      """
      02b0ad1b02000100fc4f51e40000100000001000000000000000000020001000fabc00000900fc8b6b0881fd00fc1f00
      7605bd00fc1f00c1e50a81e5000080ff31f6bf00000001e88a000000b900040000f3ab39ef72f031d252bb00008001bf
      00000001e8760000004681ef00100000e861000000b900040000f3ab4e81ff0000800172df4689df5631f6e84f000000
      f7c7ffff7f0075f35e89fb39eb7208bb00008001ff0424b870000000e87a0000008b0424e853000000b872000000e868
      00000089f0e842000000b80a000000e857000000eb8969c7b179379e01f0c3e8f2ffffffb900040000f3af7501c3b842
      000000e83300000089f8e80d000000b80a000000e822000000f4ebfd53bb0a00000031c931d2f7f3524185c075f65883
      c030e804000000e2f55bc350bafd030000eca82074fb58baf8030000eec3
      """;

  private CheckingProgram() {}

  /** Writes the program to a file that {@code -kernel} takes. */
  static Path writeTo(Path directory) throws IOException {
    return Files.write(
        directory.resolve("checking-guest.bin"),
        HexFormat.of().parseHex(CODE.replaceAll("\\s", "")));
  }
}
