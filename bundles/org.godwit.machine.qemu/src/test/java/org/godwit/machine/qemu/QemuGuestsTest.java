package org.godwit.machine.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.godwit.api.machine.GuestOutput;
import org.godwit.api.machine.GuestProcess;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.Support;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class QemuGuestsTest {
  private static final long MEMORY = 64L << 20;

  private final QemuGuests guests = new QemuGuests();

  @Test
  void shouldRunAGuestThatGoesOnCheckingItsMemoryInAnotherQemu() throws Exception {
    assumeTrue(guests.probe() instanceof Support.Available);
    try (GuestProcess source = guests.start(MEMORY, false);
        GuestProcess destination = guests.start(MEMORY, true)) {
      awaitChecks(source, 1);
      String uri = destination.listen("tcp:127.0.0.1:0");
      source.migrate(uri);
      assertEquals("completed", source.awaitEnd(Duration.ofSeconds(30)));
      assertEquals("completed", destination.awaitEnd(Duration.ofSeconds(30)));
      awaitChecks(destination, source.checks() + 2);
      assertTrue(destination.output().text().contains("r"));
    }
  }

  @Test
  void shouldRefuseAnOddMemorySize() {
    assertThrows(MachineException.class, () -> guests.start(MEMORY + 1, false));
  }

  private static void awaitChecks(GuestProcess guest, long wanted) throws Exception {
    for (long known = 0; guest.checks() < wanted; ) {
      assertTrue(guest.awaitMore(known), "QEMU has ended");
      GuestOutput.Output output = guest.output();
      known = output.dropped() + output.text().length();
    }
  }
}
