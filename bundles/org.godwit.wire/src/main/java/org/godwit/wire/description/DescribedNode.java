package org.godwit.wire.description;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.wire.WireException;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object of a vmdescription while it is read: device, field, struct, subsection or the
 * whole. Which of them it is, the object around it decides.
 */
final class DescribedNode {

  private final JsonParser parser;
  private final long offset;
  private final Map<String, String> texts = new HashMap<>(4);
  private final Map<String, Long> numbers = new HashMap<>(4);
  private @Nullable List<FieldDescription> fields;
  private @Nullable List<DeviceDescription> devices;
  private List<StateDescription> subsections = List.of();
  private Optional<StateDescription> struct = Optional.empty();
  private Optional<StateDescription> configuration = Optional.empty();

  DescribedNode(JsonParser parser, long offset) {
    this.parser = parser;
    this.offset = offset;
  }

  /** Reads the object whose first token is the current one. */
  DescribedNode read() throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw fault(offset, "something else than an object");
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      value(String.valueOf(key));
    }
    return this;
  }

  private void value(String key) throws IOException {
    switch (key) {
      case "name", "vmsd_name", "type" -> texts.put(key, text(key));
      case "instance_id", "version", "size", "array_len", "index", "page_size" ->
          numbers.put(key, number(key));
      case "fields" -> fields = list(key, DescribedNode::field);
      case "devices" -> devices = list(key, DescribedNode::device);
      case "subsections" -> subsections = list(key, DescribedNode::state);
      case "struct" -> struct = Optional.of(new DescribedNode(parser, offset).read().state());
      case "configuration" ->
          configuration = Optional.of(new DescribedNode(parser, offset).read().state());
      default -> parser.skipChildren();
    }
  }

  private String text(String key) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw fault(offset, "no text under \"" + key + "\"");
    }
    return parser.getText();
  }

  private long number(String key) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
        || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        || parser.getLongValue() < 0) {
      throw fault(offset, "no natural number under \"" + key + "\"");
    }
    return parser.getLongValue();
  }

  private interface Conversion<T> {
    T of(DescribedNode node) throws WireException;
  }

  private <T> List<T> list(String key, Conversion<T> conversion) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw fault(offset, "no list under \"" + key + "\"");
    }
    List<T> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(conversion.of(new DescribedNode(parser, offset).read()));
    }
    return items;
  }

  VmDescription description() throws WireException {
    return new VmDescription(configuration, required("page_size"), present("devices", devices));
  }

  private DeviceDescription device() throws WireException {
    return new DeviceDescription(requiredText("name"), required("instance_id"), state());
  }

  private StateDescription state() throws WireException {
    return new StateDescription(
        texts.getOrDefault("vmsd_name", ""),
        numbers.getOrDefault("version", 0L),
        present("fields", fields),
        subsections);
  }

  private FieldDescription field() throws WireException {
    boolean inline = fields != null;
    return new FieldDescription(
        requiredText("name"),
        requiredText("type"),
        required("size"),
        optional("array_len"),
        optional("index"),
        inline ? Optional.of(state()) : struct,
        inline);
  }

  private OptionalLong optional(String key) {
    Long value = numbers.get(key);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private long required(String key) throws WireException {
    return present(key, numbers.get(key));
  }

  private String requiredText(String key) throws WireException {
    return present(key, texts.get(key));
  }

  private <T> T present(String key, @Nullable T value) throws WireException {
    if (value == null) {
      throw fault(offset, "a description without \"" + key + "\"");
    }
    return value;
  }

  static WireException fault(long offset, String found) {
    return new WireException(
        WireException.Kind.DESCRIPTION, offset, found, "a vmdescription as JSON");
  }
}
