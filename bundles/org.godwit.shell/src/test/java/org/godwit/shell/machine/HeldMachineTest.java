package org.godwit.shell.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.shell.migration.FakeMigration;
import org.junit.jupiter.api.Test;

class HeldMachineTest {
  private static final MachineSpec SPEC = new MachineSpec("vm", 4096, Map.of());

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final CompletableFuture<MigrationOutcome> outcome = new CompletableFuture<>();
  private final Machine guest = noting(Machine.class, "guest", Map.of());
  private final IncomingMachine empty = noting(IncomingMachine.class, "empty", Map.of());
  private final MachineProvider provider =
      noting(MachineProvider.class, "provider", Map.of("prepare", empty));

  @Test
  void shouldReleaseAGuestThatArrivesAfterTheEnd() throws Exception {
    HeldMachine held = receiving(MigrationStatus.COMPLETED);
    held.close();
    arrive(Optional.of(guest));
    assertEquals(List.of("guest.close"), calls);
    assertEquals(Optional.empty(), held.machine());
  }

  @Test
  void shouldNotWaitForAnotherGuestAfterTheEnd() throws Exception {
    HeldMachine held = receiving(MigrationStatus.FAILED);
    held.close();
    arrive(Optional.empty());
    held.prepareAgain();
    assertEquals(List.of(), calls);
  }

  @Test
  void shouldKeepAMachineWhoseMigrationDoesNotEnd() {
    HeldMachine held = HeldMachine.of(provider, SPEC, guest);
    held.leaving(migration(MigrationStatus.ACTIVE));
    outcome.completeExceptionally(new IllegalStateException("it hangs"));
    held.close();
    assertEquals(List.of("migration.cancel"), calls);
  }

  @Test
  void shouldReleaseAMachineThatIsNotMigrating() {
    HeldMachine.of(provider, SPEC, guest).close();
    assertEquals(List.of("guest.close"), calls);
  }

  private HeldMachine receiving(MigrationStatus status) throws Exception {
    HeldMachine held = HeldMachine.of(provider, SPEC, empty);
    var _ = held.takeEmpty();
    held.receiving(migration(status));
    return held;
  }

  private void arrive(Optional<Machine> machine) {
    boolean _ =
        outcome.complete(
            new MigrationOutcome(
                MigrationStatus.COMPLETED,
                GuestLocation.DESTINATION,
                Optional.empty(),
                FakeMigration.FIGURES,
                machine));
  }

  private Migration migration(MigrationStatus status) {
    Map<String, Object> answers = new HashMap<>();
    answers.put("status", status);
    answers.put("outcome", outcome);
    answers.put("id", 1L);
    answers.put("machine", "vm");
    return noting(Migration.class, "migration", answers);
  }

  /** Notes calls that have no answer, and those that make something. */
  private <T> T noting(Class<T> type, String name, Map<String, Object> answers) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              boolean question = answers.containsKey(method.getName());
              if (!question || method.getName().equals("prepare")) {
                calls.add(name + "." + method.getName());
              }
              return answers.get(method.getName());
            });
    return type.cast(proxy);
  }
}
