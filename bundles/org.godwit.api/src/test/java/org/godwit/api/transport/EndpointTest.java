package org.godwit.api.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @Test
  void shouldCutAtTheFirstColon() {
    assertEquals(new Endpoint("tcp", "[::1]:4444"), Endpoint.parse("TCP:[::1]:4444"));
    assertEquals("exec:cat > a:b", Endpoint.parse("exec:cat > a:b").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tcp", ":4444", "1tcp:x", "a b:c"})
  void shouldRefuseWhatHasNoSchemeAndQuoteIt(String uri) {
    var error = assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(uri));
    assertTrue(error.getMessage().contains("\"" + uri + "\""), error.getMessage());
  }
}
