package org.godwit.wire;

import org.godwit.wire.StreamItem.SectionHeader;

/** Instance and version of the iterable sections this codec can read (stream-format 3.1). */
final class IterableSections {

  private IterableSections() {}

  static void check(SectionHeader header) throws WireException {
    switch (header.idstr()) {
      case "ram" -> require(header, 4);
      case "dirty-bitmap" -> require(header, 1);
      default -> {
        // Sections that the caller declared as known are the caller's to check.
      }
    }
  }

  private static void require(SectionHeader header, long version) throws WireException {
    if (header.instance() != 0 || header.version() != version) {
      throw new WireException(
          WireException.Kind.SECTION_UNKNOWN,
          header.offset(),
          "\""
              + header.idstr()
              + "\" instance "
              + header.instance()
              + " version "
              + header.version(),
          "instance 0 version " + version);
    }
  }
}
