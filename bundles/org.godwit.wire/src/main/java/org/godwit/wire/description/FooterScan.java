package org.godwit.wire.description;

import java.util.List;
import org.godwit.wire.SectionType;
import org.godwit.wire.WireException;

/**
 * Finds the end of device sections without a vmdescription: by a footer with the right id after
 * which something plausible stands (stream-format 7.1 (3)). A heuristic, proven on recordings.
 */
final class FooterScan {

  private static final int LAST_COMMAND = 11;

  private final SectionBytes data;
  private int at;

  FooterScan(SectionBytes data, int from) {
    this.data = data;
    this.at = from;
  }

  /** Position after the last section. */
  int position() {
    return at;
  }

  /** All FULL sections that follow each other, added one by one to {@code sections}. */
  List<DeviceSection> sections(List<DeviceSection> sections) throws WireException {
    while (at < data.length && data.u8(at) == SectionType.FULL.code()) {
      sections.add(next());
    }
    return sections;
  }

  private DeviceSection next() throws WireException {
    DeviceSection head = data.head(at);
    int body = at + data.headLength(at);
    int end = find(body, head.id(), true);
    if (end < 0) {
      end = find(body, head.id(), false);
    }
    if (end < 0) {
      throw data.fault(
          at, "section \"" + head.idstr() + "\" without a footer", "a footer of its id");
    }
    at = end + SectionBytes.FOOTER;
    return data.withBody(head, body, end);
  }

  private int find(int from, long id, boolean strict) {
    for (int i = from; i <= data.length - SectionBytes.FOOTER; i++) {
      if (data.footerAt(i, id) && plausible(i + SectionBytes.FOOTER, strict)) {
        return i;
      }
    }
    return -1;
  }

  private boolean plausible(int next, boolean strict) {
    if (next >= data.length) {
      return true;
    }
    int type = data.u8(next);
    if (type == SectionType.EOF.code()) {
      return !strict || next + 1 == data.length || data.u8(next + 1) == 6;
    }
    if (type == SectionType.COMMAND.code() && next + 3 <= data.length) {
      return data.u8(next + 1) == 0 && data.u8(next + 2) <= LAST_COMMAND && data.u8(next + 2) > 0;
    }
    return type == SectionType.FULL.code() && printableName(next);
  }

  private boolean printableName(int section) {
    if (section > data.length - SectionBytes.HEAD
        || section > data.length - data.headLength(section)) {
      return false;
    }
    int length = data.u8(section + 5);
    for (int i = 0; i < length; i++) {
      int c = data.u8(section + 6 + i);
      if (c < 0x20 || c > 0x7E) {
        return false;
      }
    }
    return length > 0;
  }
}
