package org.godwit.savestate.devices;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateDescription.Field;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.api.savestate.StateWriter;

/**
 * The section that tells the run state of the guest at the source (stream format, section 9): be32
 * length of the text with its terminator, then 100 bytes of text, zero padded. Belongs to the
 * thread of its migration.
 */
final class GlobalState implements DeviceState {
  static final SectionKey KEY = new SectionKey("globalstate", 0);

  private static final int VERSION = 1;
  private static final int TEXT = 100;
  static final StateDescription DESCRIPTION =
      new StateDescription(
          "globalstate",
          VERSION,
          List.of(
              new Field("size", "uint32", 4, 1, Optional.empty()),
              new Field("runstate", "buffer", TEXT, 1, Optional.empty())),
          List.of());

  private final Supplier<RunState> toSave;
  private RunState loaded = RunState.RUNNING;

  /**
   * The section of one migration.
   *
   * @param toSave tells the run state at the switchover
   */
  GlobalState(Supplier<RunState> toSave) {
    this.toSave = toSave;
  }

  /** Run state that was loaded; {@link RunState#RUNNING} if none was. */
  RunState loaded() {
    return loaded;
  }

  @Override
  public SectionKey key() {
    return KEY;
  }

  @Override
  public int version() {
    return VERSION;
  }

  @Override
  public int minimumVersion() {
    return VERSION;
  }

  @Override
  public StateDescription save(StateWriter out) throws IOException {
    byte[] name = toSave.get().wireName().getBytes(StandardCharsets.US_ASCII);
    out.be32(name.length + 1L);
    out.bytes(MemorySegment.ofArray(Arrays.copyOf(name, TEXT)), 0, TEXT);
    return DESCRIPTION;
  }

  @Override
  public void load(StateReader in, int version) throws StateException, IOException {
    long offset = in.position();
    long size = in.be32();
    byte[] text = new byte[TEXT];
    in.bytes(MemorySegment.ofArray(text), 0, TEXT);
    if (size > TEXT) {
      throw new StateException(
          Fault.PEER,
          "At byte offset %d: globalstate claims a text of %d bytes; allowed are %d."
              .formatted(offset, size, TEXT));
    }
    loaded = parse(text);
  }

  /** Run state in the text of a section body; an unknown one does not run. */
  static RunState parse(byte[] text) {
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    String name = new String(text, 0, end, StandardCharsets.US_ASCII);
    return Arrays.stream(RunState.values())
        .filter(state -> state.wireName().equals(name))
        .findFirst()
        .orElse(RunState.PAUSED);
  }

  /** Run state in a recorded section body. */
  static RunState ofBody(byte[] body) {
    return body.length < 4 ? RunState.RUNNING : parse(Arrays.copyOfRange(body, 4, body.length));
  }
}
