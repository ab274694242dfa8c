package org.godwit.wire;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * All parsers as one fuzzing target: the first byte chooses. A JVM can fuzz one target only. {@code
 * -Dgodwit.fuzz.parser=NAME} spends all time on one parser.
 */
final class FuzzTarget {

  private static final String ONLY = System.getProperty("godwit.fuzz.parser", "");
  private static final List<Parsers> ALL = List.of(Parsers.values());

  private FuzzTarget() {}

  static Stream<Arguments> seeds() {
    return ALL.stream()
        .flatMap(
            parser -> Seeds.of(parser).stream().map(seed -> Arguments.of(choose(parser, seed))));
  }

  private static byte[] choose(Parsers parser, byte[] seed) {
    byte[] bytes = new byte[seed.length + 1];
    bytes[0] = (byte) ALL.indexOf(parser);
    System.arraycopy(seed, 0, bytes, 1, seed.length);
    return bytes;
  }

  static void parse(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    Parsers parser =
        ONLY.isEmpty() ? ALL.get((bytes[0] & 0xFF) % ALL.size()) : Parsers.valueOf(ONLY);
    parser.run(Arrays.copyOfRange(bytes, 1, bytes.length));
  }
}
