package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.junit.jupiter.api.Test;

/** Where a paused migration waits for its source. */
class PostcopyDoorTest {
  private final RecoveryDoor door = new RecoveryDoor();
  private final Place first = new Place();
  private final Place second = new Place();

  /** Nobody comes here. */
  private static final class Place implements ChannelServer {
    boolean closed;

    @Override
    public Endpoint local() {
      return Endpoint.parse(Rig.URI);
    }

    @Override
    public Channel accept() {
      throw new AssertionError("nobody accepts");
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void shouldKeepThePlaceThatWasNamedLastWhenTheOneBeforeIsReleased() {
    door.open(first);
    assertEquals(Optional.of(first), door.await());
    door.open(second);
    assertTrue(first.closed);
    door.release(first);
    assertFalse(second.closed);
    assertEquals(Optional.of(second), door.await());
  }

  @Test
  void shouldCloseAllPlacesOnceItIsShut() {
    door.open(first);
    assertEquals(Optional.of(first), door.await());
    door.shut();
    assertTrue(first.closed);
    assertEquals(Optional.empty(), door.await());
    door.open(second);
    assertTrue(second.closed);
  }

  @Test
  void shouldClosePlacesThatNobodyCameTo() {
    door.open(first);
    door.open(second);
    assertTrue(first.closed);
    assertFalse(second.closed);
    door.shut();
    assertTrue(second.closed);
  }
}
