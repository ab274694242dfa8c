package org.godwit.wire.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.godwit.wire.WireException;
import org.junit.jupiter.api.Test;

/** When a package may come. */
class CommandOrderTest {
  private static final Command ADVISE =
      new Command.PostcopyAdvise(Optional.of(new Command.PageSizes(4096, 4096)));
  private static final Command PACKAGED = new Command.Packaged(100);
  private static final Command LISTEN = new Command.PostcopyListen();
  private static final Command RUN = new Command.PostcopyRun();

  private final CommandOrder order = new CommandOrder(Set.of("postcopy-ram"), true);

  private void accept(Command... commands) throws WireException {
    for (Command command : commands) {
      order.accept(command, 0, false);
    }
  }

  private void assertRefused(String found) {
    WireException refused = assertThrows(WireException.class, () -> accept(PACKAGED));
    assertEquals(WireException.Kind.COMMAND_ORDER, refused.kind());
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
  }

  @Test
  void shouldRefusePackageBeforePostcopyIsPermitted() {
    assertRefused("PACKAGED in state NONE");
  }

  @Test
  void shouldRefusePackageBehindListen() throws WireException {
    accept(ADVISE, LISTEN);
    assertRefused("PACKAGED in state LISTENING");
    accept(RUN);
    assertRefused("PACKAGED in state RUNNING");
  }

  @Test
  void shouldRefuseSecondPackageHoweverItIsSent() throws WireException {
    accept(ADVISE, PACKAGED);
    assertRefused("a second PACKAGED");
    order.accept(LISTEN, 0, true);
    order.accept(RUN, 0, true);
    order.reconnected();
    assertRefused("a second PACKAGED");
  }
}
