package org.godwit.machine.kvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.savestate.StateField;
import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;

/**
 * A structure of the kernel as a table of named fields: what it is on the wire (a {@link
 * StateLayout}) and where each field lies in memory. Padding and reserved bytes are not sent and
 * load as zero. Immutable.
 */
final class StructTable {
  private final StateLayout layout;
  private final List<Place> places;
  private final int bytes;

  private StructTable(StateLayout layout, List<Place> places, int bytes) {
    this.layout = layout;
    this.places = places;
    this.bytes = bytes;
  }

  /**
   * Where a field lies; element {@code i} of an array is {@code step} bytes behind the one before.
   */
  private record Place(StateField field, int offset, int step) {}

  static Builder named(String name) {
    return new Builder(name);
  }

  StateLayout layout() {
    return layout;
  }

  int bytes() {
    return bytes;
  }

  /** The structure's fields as values. */
  StateValues read(MemorySegment struct) {
    StateValues values = new StateValues();
    for (Place place : places) {
      StateField field = place.field();
      if (field.kind() == StateField.Kind.BUFFER) {
        MemorySegment part = struct.asSlice(place.offset(), field.size());
        values.put(field.name(), part.toArray(ValueLayout.JAVA_BYTE));
      } else if (field.count() == 1) {
        values.put(field.name(), number(struct, place.offset(), field.size()));
      } else {
        values.put(field.name(), numbers(struct, place));
      }
    }
    return values;
  }

  private static long[] numbers(MemorySegment struct, Place place) {
    long[] numbers = new long[place.field().count()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(struct, place.offset() + i * place.step(), place.field().size());
    }
    return numbers;
  }

  /** Fills a zeroed structure with values. */
  void write(StateValues values, MemorySegment struct) {
    struct.fill((byte) 0);
    for (Place place : places) {
      StateField field = place.field();
      if (field.kind() == StateField.Kind.BUFFER) {
        byte[] content = values.bytes(field.name());
        MemorySegment.copy(
            content, 0, struct, ValueLayout.JAVA_BYTE, place.offset(), content.length);
      } else if (field.count() == 1) {
        number(struct, place.offset(), field.size(), values.number(field.name()));
      } else {
        numbers(struct, place, values.numbers(field.name()));
      }
    }
  }

  private static void numbers(MemorySegment struct, Place place, long[] numbers) {
    for (int i = 0; i < numbers.length; i++) {
      number(struct, place.offset() + i * place.step(), place.field().size(), numbers[i]);
    }
  }

  private static long number(MemorySegment struct, long at, int size) {
    return switch (size) {
      case 1 -> struct.get(ValueLayout.JAVA_BYTE, at) & 0xffL;
      case 2 -> struct.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xffffL;
      case 4 -> struct.get(ValueLayout.JAVA_INT_UNALIGNED, at) & 0xffff_ffffL;
      default -> struct.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    };
  }

  private static void number(MemorySegment struct, long at, int size, long value) {
    switch (size) {
      case 1 -> struct.set(ValueLayout.JAVA_BYTE, at, (byte) value);
      case 2 -> struct.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) value);
      case 4 -> struct.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) value);
      default -> struct.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
    }
  }

  /** Appends fields in the order of the structure. */
  static final class Builder {
    private static final int VERSION = 1;

    private final String name;
    private final List<Place> places = new ArrayList<>();
    private int offset;

    private Builder(String name) {
      this.name = name;
    }

    /** Unsigned integers of so many bits, one for each name. */
    Builder unsigned(int bits, String... names) {
      for (String field : names) {
        places.add(new Place(StateField.unsigned(field, bits), offset, 0));
        offset += bits / Byte.SIZE;
      }
      return this;
    }

    /** An array of unsigned integers. */
    Builder array(int bits, String field, int count) {
      int size = bits / Byte.SIZE;
      places.add(new Place(StateField.unsigned(field, bits).array(count), offset, size));
      offset += size * count;
      return this;
    }

    /**
     * An integer of each element of an array of structures, whose first is {@code within} bytes
     * ahead and which repeat every {@code step} bytes. Does not advance.
     */
    Builder column(int bits, String field, int count, int within, int step) {
      StateField column = StateField.unsigned(field, bits).array(count);
      places.add(new Place(column, offset + within, step));
      return this;
    }

    /** Raw bytes in the processor's own format. */
    Builder buffer(String field, int length) {
      places.add(new Place(StateField.buffer(field, length), offset, 0));
      offset += length;
      return this;
    }

    /** Bytes that are not sent. */
    Builder skip(int length) {
      offset += length;
      return this;
    }

    /** Ends the table; the structure must then have so many bytes. */
    StructTable end(int bytes) {
      if (offset != bytes) {
        throw new IllegalStateException(name + " has " + offset + " bytes, not " + bytes);
      }
      StateField[] fields = places.stream().map(Place::field).toArray(StateField[]::new);
      return new StructTable(StateLayout.of(name, VERSION, fields), List.copyOf(places), bytes);
    }
  }
}
