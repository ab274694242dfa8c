package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class JsonFailureTest {
  @Test
  void shouldEscapeWhatJsonDoesNotTakeAsItIs() {
    assertEquals(
        "{\"error\":{\"desc\":\"no\\u0022\\u005c\\u000a$1é\",\"status\":2}}",
        JsonFailure.of("no\"\\\n$1é", 2).replaceAll("\\s+", ""));
  }
}
