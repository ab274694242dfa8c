package org.godwit.api.savestate;

import java.util.LinkedHashMap;
import java.util.Map;

/** Values of the fields of a {@link StateLayout}, by field name. Not thread-safe. */
public final class StateValues {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Creates an empty set of values. */
  public StateValues() {}

  /**
   * Sets an integer or boolean field.
   *
   * @param name field name
   * @param value value; excess high bits are cut when written
   * @return this
   */
  public StateValues put(String name, long value) {
    values.put(name, value);
    return this;
  }

  /**
   * Sets a buffer field; the array is not copied.
   *
   * @param name field name
   * @param value bytes, as many as the field has
   * @return this
   */
  public StateValues put(String name, byte[] value) {
    values.put(name, value);
    return this;
  }

  /**
   * Sets an array of integers; the array is not copied.
   *
   * @param name field name
   * @param value elements, as many as the field has
   * @return this
   */
  public StateValues put(String name, long[] value) {
    values.put(name, value);
    return this;
  }

  /**
   * Reads an integer field.
   *
   * @param name field name
   * @return its value
   * @throws IllegalArgumentException if it is not set or no integer
   */
  public long number(String name) {
    return get(name, Long.class);
  }

  /**
   * Reads a buffer field.
   *
   * @param name field name
   * @return its bytes, not copied
   * @throws IllegalArgumentException if it is not set or no buffer
   */
  public byte[] bytes(String name) {
    return get(name, byte[].class);
  }

  /**
   * Reads an array field.
   *
   * @param name field name
   * @return its elements, not copied
   * @throws IllegalArgumentException if it is not set or no array
   */
  public long[] numbers(String name) {
    return get(name, long[].class);
  }

  /**
   * Whether a field is set.
   *
   * @param name field name
   * @return true if it has a value
   */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  private <T> T get(String name, Class<T> type) {
    Object value = values.get(name);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "Field \"" + name + "\" has no value of type " + type.getSimpleName());
    }
    return type.cast(value);
  }
}
