package org.godwit.api.savestate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.godwit.api.savestate.StateException.Fault;

/**
 * Device state as data: one table of fields saves, loads, versions and describes the state (stream
 * format, section 7). Immutable.
 *
 * @param name type of the state ({@code vmsd_name})
 * @param version version that is written
 * @param minimumVersion lowest version that can be loaded
 * @param fields fields in order
 */
public record StateLayout(String name, int version, int minimumVersion, List<StateField> fields) {
  /** Copies the list and checks the versions. */
  public StateLayout {
    fields = List.copyOf(fields);
    if (minimumVersion < 0 || minimumVersion > version) {
      throw new IllegalArgumentException(
          "Minimum version " + minimumVersion + " of " + name + " is outside 0.." + version);
    }
  }

  /** Takes loaded values into a device. */
  @FunctionalInterface
  public interface Loader {
    /**
     * Puts the values into the device.
     *
     * @param values all fields of the loaded version; newer fields are not set
     * @throws StateException if the device cannot take them
     */
    void load(StateValues values) throws StateException;
  }

  /** Gets current values from a device. */
  @FunctionalInterface
  public interface Saver {
    /**
     * Reads the device.
     *
     * @return a value for every field
     * @throws StateException if the device cannot tell
     */
    StateValues save() throws StateException;
  }

  /**
   * A layout with one version.
   *
   * @param name type of the state
   * @param version its version
   * @param fields fields in order
   * @return the layout
   */
  public static StateLayout of(String name, int version, StateField... fields) {
    return new StateLayout(name, version, version, List.of(fields));
  }

  /**
   * The same, but able to load older versions.
   *
   * @param minimum lowest version that can be loaded
   * @return the layout
   */
  public StateLayout withMinimumVersion(int minimum) {
    return new StateLayout(name, version, minimum, fields);
  }

  /**
   * A device state that follows this layout.
   *
   * @param key name and instance on the wire
   * @param saver reads the device
   * @param loader sets the device
   * @return the device state
   */
  public DeviceState device(SectionKey key, Saver saver, Loader loader) {
    return new TableState(key, this, saver, loader);
  }

  /**
   * Writes values.
   *
   * @param values a value for every field
   * @param out body of a section
   * @return description of what was written
   * @throws IOException if the channel is broken
   * @throws IllegalArgumentException if a field has no value or one of the wrong length
   */
  public StateDescription save(StateValues values, StateWriter out) throws IOException {
    for (StateField field : fields) {
      saveField(field, values, out);
    }
    return description();
  }

  /**
   * Reads values.
   *
   * @param in body of a section
   * @param fromVersion version of the section
   * @return a value for every field of that version
   * @throws StateException if a value is not acceptable
   * @throws IOException if the channel is broken
   */
  public StateValues load(StateReader in, int fromVersion) throws StateException, IOException {
    if (fromVersion < minimumVersion || fromVersion > version) {
      throw new StateException(
          Fault.PEER,
          "Version %d of %s cannot be loaded, only %d to %d"
              .formatted(fromVersion, name, minimumVersion, version));
    }
    StateValues values = new StateValues();
    for (StateField field : fields) {
      if (field.since() <= fromVersion) {
        loadField(field, values, in);
      }
    }
    return values;
  }

  /**
   * What {@link #save} writes.
   *
   * @return the description
   */
  public StateDescription description() {
    List<StateDescription.Field> described =
        fields.stream()
            .map(
                f ->
                    new StateDescription.Field(
                        f.name(), f.typeName(), f.size(), f.count(), Optional.empty()))
            .toList();
    return new StateDescription(name, version, described, List.of());
  }

  private static void saveField(StateField field, StateValues values, StateWriter out)
      throws IOException {
    switch (field.kind()) {
      case BUFFER -> saveBytes(field, values.bytes(field.name()), out);
      case UNUSED -> saveBytes(field, new byte[field.size()], out);
      case UNSIGNED, SIGNED, BOOL -> saveNumbers(field, values, out);
    }
  }

  private static void saveBytes(StateField field, byte[] bytes, StateWriter out)
      throws IOException {
    requireLength(field, field.size(), bytes.length);
    out.bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  private static void saveNumbers(StateField field, StateValues values, StateWriter out)
      throws IOException {
    if (field.count() == 1) {
      saveNumber(field.size(), values.number(field.name()), out);
      return;
    }
    long[] numbers = values.numbers(field.name());
    requireLength(field, field.count(), numbers.length);
    for (long number : numbers) {
      saveNumber(field.size(), number, out);
    }
  }

  private static void saveNumber(int size, long value, StateWriter out) throws IOException {
    switch (size) {
      case 1 -> out.u8((int) value);
      case 2 -> out.be16((int) value);
      case 4 -> out.be32(value);
      default -> out.be64(value);
    }
  }

  private static void loadField(StateField field, StateValues values, StateReader in)
      throws StateException, IOException {
    switch (field.kind()) {
      case UNUSED -> in.skip(field.size());
      case BUFFER -> values.put(field.name(), loadBytes(field.size(), in));
      case BOOL -> values.put(field.name(), loadBool(field, in));
      case UNSIGNED, SIGNED -> loadNumbers(field, values, in);
    }
  }

  private static byte[] loadBytes(int size, StateReader in) throws IOException {
    byte[] bytes = new byte[size];
    in.bytes(MemorySegment.ofArray(bytes), 0, size);
    return bytes;
  }

  private static long loadBool(StateField field, StateReader in)
      throws StateException, IOException {
    int value = in.u8();
    if (value > 1) {
      throw new StateException(
          Fault.PEER, "Field \"%s\" is %d, expected 0 or 1".formatted(field.name(), value));
    }
    return value;
  }

  private static void loadNumbers(StateField field, StateValues values, StateReader in)
      throws IOException {
    if (field.count() == 1) {
      values.put(field.name(), loadNumber(field, in));
      return;
    }
    long[] numbers = new long[field.count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = loadNumber(field, in);
    }
    values.put(field.name(), numbers);
  }

  private static long loadNumber(StateField field, StateReader in) throws IOException {
    boolean signed = field.kind() == StateField.Kind.SIGNED;
    return switch (field.size()) {
      case 1 -> signed ? (byte) in.u8() : in.u8();
      case 2 -> signed ? (short) in.be16() : in.be16();
      case 4 -> signed ? (int) in.be32() : in.be32();
      default -> in.be64();
    };
  }

  private static void requireLength(StateField field, int expected, int actual) {
    if (expected != actual) {
      throw new IllegalArgumentException(
          "Field \"%s\" needs %d elements, got %d".formatted(field.name(), expected, actual));
    }
  }
}
