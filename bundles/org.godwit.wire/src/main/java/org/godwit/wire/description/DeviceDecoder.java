package org.godwit.wire.description;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.godwit.wire.WireException;

/** Decodes device sections into named values by their description (stream-format 7.2). */
public final class DeviceDecoder {

  private static final int MOST_FIELDS = 1 << 20;

  private final byte[] body;
  private final long bodyOffset;
  private final List<DecodedField> values = new ArrayList<>();
  private int at;

  private DeviceDecoder(byte[] body, long bodyOffset) {
    this.body = body;
    this.bodyOffset = bodyOffset;
  }

  /**
   * Decodes one section.
   *
   * @param section the section
   * @param description its description
   * @return its values in the order of the bytes
   * @throws WireException of kind {@code DEVICE} when the body does not fit the description
   */
  public static List<DecodedField> decode(DeviceSection section, StateDescription description)
      throws WireException {
    DeviceDecoder decoder = new DeviceDecoder(section.body(), section.bodyOffset());
    decoder.state("", description);
    if (decoder.at != section.body().length) {
      throw decoder.fault(
          (section.body().length - decoder.at) + " bytes behind the last described field", "none");
    }
    return decoder.values;
  }

  private void state(String prefix, StateDescription state) throws WireException {
    for (FieldDescription field : state.fields()) {
      field(prefix, field);
    }
    for (StateDescription subsection : state.subsections()) {
      subsectionHead(subsection);
      state(prefix + subsection.vmsdName() + ".", subsection);
    }
  }

  private void subsectionHead(StateDescription subsection) throws WireException {
    int name = subsection.vmsdName().length();
    require(6L + name);
    if (body[at] != 5 || (body[at + 1] & 0xFF) != name) {
      throw fault("no subsection head", "subsection \"" + subsection.vmsdName() + "\"");
    }
    at += 6 + name;
  }

  private void field(String prefix, FieldDescription field) throws WireException {
    String path = prefix + field.name();
    if (field.index().isPresent()) {
      path += "[" + field.index().getAsLong() + "]";
    }
    if (field.arrayLength().isEmpty()) {
      element(path, field);
      return;
    }
    for (long i = 0; i < field.elements() && field.size() > 0; i++) {
      element(path + "[" + i + "]", field);
    }
  }

  private void element(String path, FieldDescription field) throws WireException {
    require(field.size());
    if (values.size() >= MOST_FIELDS) {
      throw fault("more than " + MOST_FIELDS + " values", "fewer");
    }
    int end = at + (int) field.size();
    if (field.nested().isPresent() && field.nested().get().bodySize() == field.size()) {
      state(path + ".", field.nested().get());
    } else {
      values.add(
          new DecodedField(
              path, field.type(), at, (int) field.size(), value(field.type(), at, end)));
    }
    at = end;
  }

  private Object value(String type, int from, int to) {
    String base = type.contains(" ") ? type.substring(0, type.indexOf(' ')) : type;
    return switch (base) {
      case "bool" -> to - from == 1 ? body[from] != 0 : hex(from, to);
      case "uint8", "uint16", "uint32", "uint64", "timer" -> number(from, to, false);
      case "int8", "int16", "int32", "int64" -> number(from, to, true);
      default -> hex(from, to);
    };
  }

  private Object number(int from, int to, boolean signed) {
    if (to - from < 1 || to - from > 8) {
      return hex(from, to);
    }
    byte[] bytes = Arrays.copyOfRange(body, from, to);
    BigInteger value = signed ? new BigInteger(bytes) : new BigInteger(1, bytes);
    return value.bitLength() < 64 ? (Object) value.longValue() : value;
  }

  private String hex(int from, int to) {
    return HexFormat.of().formatHex(body, from, to);
  }

  private void require(long count) throws WireException {
    if (count > body.length - at) {
      throw fault((body.length - at) + " bytes", "at least " + count);
    }
  }

  private WireException fault(String found, String allowed) {
    return new WireException(WireException.Kind.DEVICE, bodyOffset + at, found, allowed);
  }
}
