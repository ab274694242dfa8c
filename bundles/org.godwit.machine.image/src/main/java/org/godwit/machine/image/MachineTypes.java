package org.godwit.machine.image;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.machine.StreamTraits;

/** What follows from the name of a machine type (stream format, section 9). */
final class MachineTypes {
  private static final Pattern VERSIONED = Pattern.compile(".*-([0-9]{1,3})\\.([0-9]{1,3})");

  private MachineTypes() {}

  /**
   * Layout of the streams of a machine type. A name without a version, like {@code microvm},
   * follows the release of the QEMU that runs it, which nobody knows here: it gets what every
   * release takes.
   */
  static StreamTraits traits(String machineType) {
    Matcher matcher = VERSIONED.matcher(machineType);
    if (!matcher.matches()) {
      return StreamTraits.USUAL;
    }
    int version = Integer.parseInt(matcher.group(1)) * 1000 + Integer.parseInt(matcher.group(2));
    boolean sections = version >= 2004;
    return new StreamTraits(sections, sections, version >= 10000);
  }
}
