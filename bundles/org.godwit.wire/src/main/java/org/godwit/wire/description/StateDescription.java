package org.godwit.wire.description;

import java.util.List;

/**
 * Fields and subsections of a device, a struct or a subsection (stream-format 7.3). Immutable.
 *
 * @param vmsdName name of the type; for a subsection its name on the wire
 * @param version version
 * @param fields fields in order
 * @param subsections subsections in order, after the fields
 */
public record StateDescription(
    String vmsdName,
    long version,
    List<FieldDescription> fields,
    List<StateDescription> subsections) {

  /** Copies the lists. */
  public StateDescription {
    fields = List.copyOf(fields);
    subsections = List.copyOf(subsections);
  }

  /**
   * Number of bytes this state has on the wire (7.4); at most 2^62, also for absurd descriptions.
   */
  public long bodySize() {
    long sum = 0;
    for (FieldDescription field : fields) {
      sum = add(sum, times(field.size(), field.elements()));
    }
    for (StateDescription subsection : subsections) {
      sum = add(sum, 6L + subsection.vmsdName().length());
      sum = add(sum, subsection.bodySize());
    }
    return sum;
  }

  private static final long MOST = 1L << 62;

  private static long add(long a, long b) {
    return Math.min(MOST, a + b);
  }

  private static long times(long a, long b) {
    return Math.multiplyHigh(a, b) != 0 ? MOST : Math.clamp(a * b, 0, MOST);
  }
}
