package org.godwit.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The short search of the normal build, guided by coverage. */
class ParserFuzz {

  static Stream<Arguments> seeds() {
    return FuzzTarget.seeds();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5s")
  void shouldParseOrRefuseWhateverTheFuzzerFinds(byte[] bytes) {
    FuzzTarget.parse(bytes);
  }
}
