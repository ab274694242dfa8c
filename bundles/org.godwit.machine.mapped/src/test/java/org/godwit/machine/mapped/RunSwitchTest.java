package org.godwit.machine.mapped;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.junit.jupiter.api.Test;

class RunSwitchTest {
  private final List<String> calls = new ArrayList<>();
  private boolean stuck;
  private boolean failing;
  private boolean refusing;
  private boolean breaking;
  private final RunSwitch running = new RunSwitch("m", RunState.PRELAUNCH, new Recorder());

  private final class Recorder implements RunSwitch.Guest {
    @Override
    public void resume() throws MachineException {
      if (refusing) {
        throw new MachineException("refused");
      }
      calls.add("resume");
      if (failing) {
        running.fail(RunState.INTERNAL_ERROR);
      }
      if (breaking) {
        throw new OutOfMemoryError("unable to create native thread");
      }
    }

    @Override
    public void pause() throws MachineException {
      if (stuck) {
        throw new MachineException("stuck");
      }
      calls.add("pause");
    }

    @Override
    public void release() {
      calls.add("release");
    }
  }

  @Test
  void shouldStartAndStopOnce() throws Exception {
    running.start();
    running.start();
    running.stop(RunState.PAUSED);
    running.stop(RunState.FINISH_MIGRATE);
    assertEquals(RunState.FINISH_MIGRATE, running.state());
    assertThrows(MachineException.class, running::start);
    running.stop(RunState.PAUSED);
    running.start();
    running.close();
    running.close();
    assertEquals(List.of("resume", "pause", "resume", "pause", "release"), calls);
  }

  @Test
  void shouldNotStartWhatWasGivenAwayOrClosed() throws Exception {
    running.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, running::start);
    running.close();
    assertThrows(MachineException.class, running::start);
    assertEquals(List.of("release"), calls);
  }

  @Test
  void shouldStayGivenAway() throws Exception {
    running.stop(RunState.POSTMIGRATE);
    running.stop(RunState.POSTMIGRATE);
    assertThrows(MachineException.class, () -> running.stop(RunState.PAUSED));
    assertThrows(MachineException.class, running::start);
    assertEquals(RunState.POSTMIGRATE, running.state());
  }

  @Test
  void shouldKeepAnInternalErrorAndPauseWhatIsLeft() throws Exception {
    running.start();
    running.fail(RunState.INTERNAL_ERROR);
    running.stop(RunState.PAUSED);
    assertEquals(RunState.INTERNAL_ERROR, running.state());
    assertThrows(MachineException.class, running::start);
    assertEquals(List.of("resume", "pause"), calls);
  }

  @Test
  void shouldNotForgetAFailureRightAfterTheStart() throws Exception {
    failing = true;
    running.start();
    assertEquals(RunState.INTERNAL_ERROR, running.state());
  }

  @Test
  void shouldKeepItsStateWhenTheGuestRefusesToStart() {
    refusing = true;
    assertThrows(MachineException.class, running::start);
    assertEquals(RunState.PRELAUNCH, running.state());
    running.close();
    assertEquals(List.of("release"), calls);
  }

  @Test
  void shouldStopAGuestThatStartedHalf() {
    breaking = true;
    assertThrows(OutOfMemoryError.class, running::start);
    assertEquals(RunState.PRELAUNCH, running.state());
    running.close();
    assertEquals(List.of("resume", "pause", "release"), calls);
  }

  @Test
  void shouldStopAGuestThatStartedHalfLaterIfItIsStuck() throws Exception {
    breaking = true;
    stuck = true;
    assertThrows(OutOfMemoryError.class, running::start);
    assertEquals(RunState.RUNNING, running.state());
    stuck = false;
    running.stop(RunState.PAUSED);
    assertEquals(RunState.PAUSED, running.state());
    assertEquals(List.of("resume", "pause"), calls);
  }

  @Test
  void shouldKeepAnInternalErrorOfAGuestThatStartedHalf() {
    failing = true;
    breaking = true;
    assertThrows(OutOfMemoryError.class, running::start);
    assertEquals(RunState.INTERNAL_ERROR, running.state());
  }

  @Test
  void shouldRunActionsOnlyWhileStopped() throws Exception {
    assertEquals(1, running.whileStopped("be checked", () -> 1));
    running.start();
    assertThrows(MachineException.class, () -> running.whileStopped("be checked", () -> 1));
  }

  @Test
  void shouldNotReleaseWhatCannotBeStopped() throws Exception {
    running.start();
    stuck = true;
    assertThrows(MachineException.class, () -> running.stop(RunState.PAUSED));
    assertEquals(RunState.RUNNING, running.state());
    running.close();
    assertEquals(List.of("resume"), calls);
  }
}
