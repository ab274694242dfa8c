package org.godwit.wire.description;

import java.util.List;
import org.godwit.wire.WireException;

/** Cuts device sections by a vmdescription and verifies every seam (stream-format 7.4). */
final class DescriptionCut {

  private final SectionBytes data;
  private final VmDescription description;
  private final boolean footers;
  private int index;

  DescriptionCut(SectionBytes data, VmDescription description, boolean footers) {
    this.data = data;
    this.description = description;
    this.footers = footers;
  }

  /**
   * Cuts the bytes from 0 to {@code end}, where the last section must end exactly, and adds the
   * sections one by one to {@code sections}.
   */
  List<DeviceSection> cut(int end, List<DeviceSection> sections) throws WireException {
    int at = 0;
    while (at < end) {
      DeviceSection head = data.head(at);
      DeviceDescription device = match(head, at);
      int body = at + data.headLength(at);
      long size = device.bodySize();
      if (size > end - body - (footers ? SectionBytes.FOOTER : 0)) {
        throw data.fault(
            at,
            "section \"" + head.idstr() + "\" with less than its " + size + " bytes",
            "the size the vmdescription tells");
      }
      int bodyEnd = body + (int) size;
      sections.add(data.withBody(head, body, bodyEnd));
      at = seam(head, bodyEnd);
    }
    return sections;
  }

  private int seam(DeviceSection head, int bodyEnd) throws WireException {
    if (!footers) {
      return bodyEnd;
    }
    if (!data.footerAt(bodyEnd, head.id())) {
      throw data.fault(
          bodyEnd,
          "no footer of section \"" + head.idstr() + "\"",
          "its footer, as the vmdescription tells its size");
    }
    return bodyEnd + SectionBytes.FOOTER;
  }

  private DeviceDescription match(DeviceSection head, int at) throws WireException {
    if (index < description.devices().size() && fits(description.devices().get(index), head)) {
      return checked(description.devices().get(index++), head, at);
    }
    // Out of order, repeated or with others missing before it: legal for a receiver (3.4).
    for (int i = 0; i < description.devices().size(); i++) {
      if (fits(description.devices().get(i), head)) {
        index = i + 1;
        return checked(description.devices().get(i), head, at);
      }
    }
    throw data.fault(
        at,
        "section \"" + head.idstr() + "\" instance " + head.instance(),
        "a section that the vmdescription lists");
  }

  private DeviceDescription checked(DeviceDescription device, DeviceSection head, int at)
      throws WireException {
    // devices with hand written save code (7.3) have neither type nor version in the description
    boolean described = !device.state().vmsdName().isEmpty();
    if (described && device.state().version() != head.version()) {
      throw data.fault(
          at,
          "section \"" + head.idstr() + "\" version " + head.version(),
          "version " + device.state().version() + " as the vmdescription tells");
    }
    return device;
  }

  private static boolean fits(DeviceDescription device, DeviceSection head) {
    return device.instanceId() == head.instance() && device.name().equals(head.idstr());
  }
}
