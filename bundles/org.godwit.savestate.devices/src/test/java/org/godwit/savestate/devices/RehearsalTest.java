package org.godwit.savestate.devices;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.godwit.wire.description.DeviceState;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  /**
   * A rehearsal that fails early would load less than the migration needs, and nobody would see.
   */
  @Test
  void shouldCutItsOwnDeviceToTheEnd() throws IOException {
    DeviceState state = Rehearsal.cut();
    assertEquals(1, state.sections().size());
    assertArrayEquals(new byte[] {0, 0, 0, 1}, state.sections().getFirst().body());
    assertTrue(state.json().isPresent());
  }

  @Test
  void shouldNotOutliveItsBundle() {
    DevicesProvider provider = new DevicesProvider();
    provider.stop();
    assertFalse(provider.rehearses());
  }
}
