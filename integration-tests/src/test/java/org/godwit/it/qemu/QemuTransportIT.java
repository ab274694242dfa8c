package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.godwit.it.EngineContainer;
import org.godwit.machine.qemu.QemuCommand;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Guests of unmodified QEMU go into an image and out again over every transport. */
@Timeout(180)
class QemuTransportIT {
  private static final GuestMachine MACHINE = GuestMachine.PC;

  @TempDir static Path storage;
  @TempDir Path directory;

  private static EngineContainer engine;

  @BeforeAll
  static void startEngine() throws Exception {
    engine = EngineContainer.start(storage);
  }

  @AfterAll
  static void stopEngine() throws Exception {
    engine.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldMoveARunningGuestInAndOut(QemuRoute route) throws Exception {
    move(route, QemuRelease.V10_0, true);
  }

  static List<Arguments> everything() {
    List<Arguments> all = new ArrayList<>();
    for (QemuRoute route : QemuRoute.values()) {
      all.add(Arguments.of(route, QemuRelease.V10_0, false));
      all.add(Arguments.of(route, QemuRelease.V7_2, false));
    }
    return all;
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("everything")
  void shouldMoveAStoppedGuestInAndOut(QemuRoute route, QemuRelease release, boolean running)
      throws Exception {
    move(route, release, running);
  }

  private void move(QemuRoute route, QemuRelease release, boolean running) throws Exception {
    QemuImageRoundTrip steps = new QemuImageRoundTrip(engine, directory, route.bothWays());
    QemuRoute.Trip trip = new QemuRoute.Trip(engine, steps, directory);
    QemuCommand command = TestGuest.command(release, MACHINE, directory);
    String before;
    try (TestGuest source = TestGuest.start(route.prepare(command, trip, false))) {
      source.awaitRounds(2);
      if (!running) {
        source.stop();
      }
      before = route.into(trip, source);
      steps.assertSameMemory(MACHINE, source);
    }
    QemuCommand waiting = route.prepare(command.waitForGuest(), trip, true);
    try (TestGuest destination = TestGuest.start(waiting)) {
      route.outTo(trip, destination);
      assertEquals(running ? "running" : "paused", destination.qemu().runState());
      if (!running) {
        steps.assertSameMemory(MACHINE, destination);
        destination.go();
      }
      destination.awaitRounds(2);
      TestGuest.assertContinuous(before, destination.output());
    }
  }
}
