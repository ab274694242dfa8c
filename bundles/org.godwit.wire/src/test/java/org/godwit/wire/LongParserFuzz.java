package org.godwit.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The long search of the profile {@code fuzz}, guided by coverage. */
class LongParserFuzz {

  static Stream<Arguments> seeds() {
    return FuzzTarget.seeds();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "5m")
  void shouldParseOrRefuseWhateverTheFuzzerFinds(byte[] bytes) {
    FuzzTarget.parse(bytes);
  }
}
