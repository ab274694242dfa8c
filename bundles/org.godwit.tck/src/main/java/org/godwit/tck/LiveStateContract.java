package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.StateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What state that is sent while the guest runs must do. One writer and one reader serve a whole
 * migration, as the engine's do. The machine under it is simulated; a provider whose state is not
 * in RAM overrides {@link #change} and {@link #state}.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class LiveStateContract {
  private static final long PAGE = 4096;
  private static final int MUTATIONS = 200;

  /** Creates the contract. */
  protected LiveStateContract() {}

  /** Bodies one behind the other: which part each belongs to, and where it ends. */
  private record Sent(BytesWriter out, List<LiveLoad.Part> parts, List<Long> ends) {
    Sent() {
      this(new BytesWriter(), new ArrayList<>(), new ArrayList<>());
    }

    void ended(LiveLoad.Part part) {
      parts.add(part);
      ends.add(out.position());
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }

  /**
   * The provider under test.
   *
   * @return new object
   */
  protected abstract LiveStateProvider provider();

  /**
   * Changes the state of a machine while it is being sent.
   *
   * @param machine the source
   * @param round which change
   */
  protected void change(SimulatedMachine machine, int round) {
    machine.fillPage(0, 1 + round % 6, 100 + round);
  }

  /**
   * The state to be compared.
   *
   * @param machine source or destination
   * @return bytes that must be the same on both sides
   */
  protected byte[] state(SimulatedMachine machine) {
    return machine.memory();
  }

  private static SimulatedMachine machine(String name) {
    return new SimulatedMachine(name, List.of(), 8 * PAGE, 2 * PAGE);
  }

  private SimulatedMachine usedMachine() {
    SimulatedMachine machine = machine("source");
    change(machine, 0);
    return machine;
  }

  private LiveState outgoing(SimulatedMachine machine) {
    return provider().outgoing(new SimulatedOutgoing(machine)).orElseThrow();
  }

  private LiveLoad incoming(SimulatedMachine machine) {
    return provider().incoming(new SimulatedArrival(machine.incoming())).orElseThrow();
  }

  /** Sends everything, with changes between the passes. */
  private Sent send(SimulatedMachine machine, int changes) throws Exception {
    Sent sent = new Sent();
    try (LiveState state = outgoing(machine)) {
      state.setup(sent.out);
      sent.ended(LiveLoad.Part.START);
      for (int i = 0; i <= changes; i++) {
        pass(state, sent);
        change(machine, i + 1);
        assertTrue(state.pending(LiveState.Accuracy.EXACT).total() > 0, "the change is pending");
      }
      state.complete(sent.out);
      sent.ended(LiveLoad.Part.END);
    }
    return sent;
  }

  private static void pass(LiveState state, Sent sent) throws Exception {
    LiveState.Progress progress = LiveState.Progress.MORE;
    while (progress == LiveState.Progress.MORE) {
      progress = state.iterate(sent.out, () -> false);
      sent.ended(LiveLoad.Part.PART);
    }
  }

  private static void load(LiveLoad load, Sent sent) throws StateException, IOException {
    BytesReader in = new BytesReader(sent.bytes());
    for (int i = 0; i < sent.parts.size(); i++) {
      load.load(sent.parts.get(i), in);
      assertEquals(sent.ends.get(i), in.position(), "end of body " + i);
    }
  }

  @Test
  final void shouldArriveAsItWasAtTheEnd() throws Exception {
    SimulatedMachine source = usedMachine();
    SimulatedMachine destination = machine("destination");
    assertFalse(Arrays.equals(state(source), state(destination)), "the source has state in it");
    Sent sent = send(source, 5);
    try (LiveLoad load = incoming(destination)) {
      load(load, sent);
    }
    assertArrayEquals(state(source), state(destination));
  }

  @Test
  final void shouldArriveWhateverTheDestinationHeldBefore() throws Exception {
    SimulatedMachine source = usedMachine();
    Sent sent = send(source, 0);
    SimulatedMachine destination = machine("destination");
    try (LiveLoad load = incoming(destination)) {
      load(load, sent);
    }
    Sent again = send(destination, 0);
    SimulatedMachine third = machine("third");
    try (LiveLoad load = incoming(third)) {
      load(load, again);
    }
    assertArrayEquals(state(destination), state(third));
  }

  @Test
  final void shouldKnowItsOwnKeyAndVersion() {
    try (LiveState state = outgoing(usedMachine());
        LiveLoad load = incoming(machine("destination"))) {
      assertEquals(state.key(), load.key());
      assertTrue(load.accepts(state.version()));
      assertFalse(load.accepts(state.version() + 1), "a later version is unknown");
      assertFalse(load.accepts(-1));
    }
  }

  @Test
  final void shouldHaveNothingPendingAfterAPassWithoutChanges() throws Exception {
    try (LiveState state = outgoing(usedMachine())) {
      Sent sent = new Sent();
      state.setup(sent.out);
      assertTrue(state.pending(LiveState.Accuracy.EXACT).total() > 0);
      pass(state, sent);
      assertEquals(0, state.pending(LiveState.Accuracy.EXACT).total());
    }
  }

  @Test
  final void shouldObeyTheBudget() throws Exception {
    try (LiveState state = outgoing(usedMachine())) {
      BytesWriter out = new BytesWriter();
      state.setup(out);
      long before = state.pending(LiveState.Accuracy.ESTIMATE).total();
      LiveState.Progress progress = state.iterate(out, () -> true);
      assertEquals(LiveState.Progress.MORE, progress);
      assertTrue(state.pending(LiveState.Accuracy.ESTIMATE).total() <= before);
    }
  }

  @Test
  final void shouldRefuseBodiesThatAreCutAnywhere() throws Exception {
    Sent sent = send(usedMachine(), 0);
    byte[] whole = sent.bytes();
    for (int length = 0; length < whole.length; length += step(whole.length, length)) {
      int at = length;
      assertFalse(
          loads(Arrays.copyOf(whole, length), sent.parts),
          () -> "loaded " + at + " of " + whole.length + " bytes");
    }
  }

  /** Every byte near both ends; in the middle, which is page content, every 61st. */
  private static int step(int whole, int at) {
    return at < 512 || at > whole - 512 ? 1 : 61;
  }

  @Test
  final void shouldLoadOrRefuseDamagedBodies() throws Exception {
    Sent sent = send(usedMachine(), 0);
    Random random = new Random(42);
    int loaded = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = sent.bytes();
      damaged[random.nextInt(Math.min(damaged.length, 200))] ^= (byte) (1 + random.nextInt(255));
      loaded += loads(damaged, sent.parts) ? 1 : 0; // any other exception fails the test
    }
    assertTrue(loaded < MUTATIONS, "some damage is noticed");
  }

  private boolean loads(byte[] bytes, List<LiveLoad.Part> parts) {
    try (LiveLoad load = incoming(machine("destination"))) {
      BytesReader in = new BytesReader(bytes);
      for (LiveLoad.Part part : parts) {
        load.load(part, in);
      }
      return true;
    } catch (StateException | IOException refused) {
      return false;
    }
  }

  @Test
  final void shouldCloseAtAnyTime() {
    assertDoesNotThrow(
        () -> {
          LiveState fresh = outgoing(usedMachine());
          fresh.close();
          fresh.close();
          LiveState begun = outgoing(usedMachine());
          begun.setup(new BytesWriter());
          begun.close();
          LiveLoad load = incoming(machine("destination"));
          load.close();
          load.close();
        });
  }
}
