package org.godwit.machine.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.godwit.api.machine.RunState;

/** Run states as they are found in streams and manifests. */
final class RunStates {
  private static final int TEXT_OFFSET = 4;

  private RunStates() {}

  /**
   * A state that Godwit has no name for ({@code suspended}, {@code io-error} …) is a paused one.
   */
  static RunState of(String wireName) {
    return Arrays.stream(RunState.values())
        .filter(state -> state.wireName().equals(wireName))
        .findFirst()
        .orElse(RunState.PAUSED);
  }

  /** The state in the body of a {@code globalstate} section (stream format, section 9). */
  static RunState ofGlobalState(byte[] body) {
    int end = TEXT_OFFSET;
    while (end < body.length && body[end] != 0) {
      end++;
    }
    int begin = Math.min(TEXT_OFFSET, body.length);
    return of(new String(body, begin, end - begin, StandardCharsets.US_ASCII));
  }
}
