package org.godwit.wire;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Thousands of damaged inputs for every parser, the same on each run. What a fuzzer with coverage
 * finds beyond these is the matter of {@link ParserFuzzTest}.
 */
class DamagedInputTest {

  private static final int ROUNDS = Integer.getInteger("godwit.damage.rounds", 3000);
  private static final byte[] INTERESTING = {0, 1, 2, 4, 6, 7, 8, 0x10, 0x20, 0x7E, 0x7F, -128, -1};

  @ParameterizedTest
  @EnumSource(Parsers.class)
  void shouldParseOrRefuseWhateverComes(Parsers parser) {
    List<byte[]> seeds = Seeds.of(parser);
    Random random = new Random(parser.name().hashCode());
    assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          seeds.forEach(parser::run);
          for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = damage(seeds.get(round % seeds.size()), random);
            try {
              parser.run(bytes);
            } catch (RuntimeException | Error e) {
              throw new AssertionError(
                  "Round "
                      + round
                      + ", "
                      + bytes.length
                      + " bytes: "
                      + java.util.HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 200)),
                  e);
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Parsers.class)
  void shouldRefuseEveryPrefixWithoutAFault(Parsers parser) {
    for (byte[] seed : Seeds.of(parser)) {
      int step = Math.max(1, seed.length / 500);
      for (int length = 0; length <= seed.length; length += step) {
        parser.run(Arrays.copyOf(seed, length));
      }
    }
  }

  private static byte[] damage(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int edits = 1 + random.nextInt(4);
    for (int i = 0; i < edits && bytes.length > 0; i++) {
      int at = place(bytes.length, random);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = INTERESTING[random.nextInt(INTERESTING.length)];
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 -> bytes = remove(bytes, at, 1 + random.nextInt(8));
        default -> bytes = repeat(bytes, at, 1 + random.nextInt(64));
      }
    }
    return bytes;
  }

  /** Half of the edits hit the head, where the structure is. */
  private static int place(int length, Random random) {
    return random.nextBoolean() ? random.nextInt(Math.min(length, 300)) : random.nextInt(length);
  }

  private static byte[] remove(byte[] bytes, int at, int count) {
    int rest = Math.min(bytes.length, at + count);
    byte[] shorter = Arrays.copyOf(bytes, bytes.length - (rest - at));
    System.arraycopy(bytes, rest, shorter, at, bytes.length - rest);
    return shorter;
  }

  private static byte[] repeat(byte[] bytes, int at, int count) {
    int end = Math.min(bytes.length, at + count);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + (end - at));
    System.arraycopy(bytes, at, longer, end, bytes.length - at);
    return longer;
  }
}
