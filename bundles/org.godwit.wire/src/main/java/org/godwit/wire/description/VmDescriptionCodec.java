package org.godwit.wire.description;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.godwit.wire.WireException;

/** Turns the JSON text of a vmdescription into records and back. Stateless, thread-safe. */
public final class VmDescriptionCodec {

  private static final int DEEPEST = 200;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final long offset;

  private VmDescriptionCodec(long offset) {
    this.offset = offset;
  }

  /**
   * Parses a description.
   *
   * @param json UTF-8 text, at most as long as the caller's limit
   * @param offset stream offset of the text, for the error
   * @return the description
   * @throws WireException of kind {@code DESCRIPTION} when it is no JSON or not of that form
   */
  public static VmDescription parse(byte[] json, long offset) throws WireException {
    return parse(json, 0, json.length, offset);
  }

  static VmDescription parse(byte[] json, int from, int length, long offset) throws WireException {
    VmDescriptionCodec codec = new VmDescriptionCodec(offset);
    try {
      return codec.description(MAPPER.readTree(json, from, length));
    } catch (WireException e) {
      throw e;
    } catch (IOException e) {
      throw codec.fault("no readable JSON (" + firstLine(e) + ")");
    }
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no details");
  }

  private VmDescription description(JsonNode node) throws WireException {
    Optional<StateDescription> configuration =
        node.has("configuration")
            ? Optional.of(state(node.get("configuration")))
            : Optional.empty();
    List<DeviceDescription> devices = new ArrayList<>();
    for (JsonNode device : array(node, "devices")) {
      devices.add(
          new DeviceDescription(
              text(device, "name"), number(device, "instance_id"), state(device)));
    }
    return new VmDescription(configuration, number(node, "page_size"), devices);
  }

  private StateDescription state(JsonNode node) throws WireException {
    List<FieldDescription> fields = new ArrayList<>();
    for (JsonNode field : array(node, "fields")) {
      fields.add(field(field));
    }
    List<StateDescription> subsections = new ArrayList<>();
    if (node.has("subsections")) {
      for (JsonNode subsection : array(node, "subsections")) {
        subsections.add(state(subsection));
      }
    }
    return new StateDescription(
        node.path("vmsd_name").asText(""), node.path("version").asLong(0), fields, subsections);
  }

  private FieldDescription field(JsonNode node) throws WireException {
    boolean inline = node.has("fields");
    Optional<StateDescription> nested = Optional.empty();
    if (inline) {
      nested = Optional.of(state(node));
    } else if (node.has("struct")) {
      nested = Optional.of(state(node.get("struct")));
    }
    return new FieldDescription(
        text(node, "name"),
        text(node, "type"),
        number(node, "size"),
        optional(node, "array_len"),
        optional(node, "index"),
        nested,
        inline);
  }

  private JsonNode array(JsonNode node, String key) throws WireException {
    JsonNode value = node.path(key);
    if (!value.isArray()) {
      throw fault("a description without the list \"" + key + "\"");
    }
    return value;
  }

  private String text(JsonNode node, String key) throws WireException {
    JsonNode value = node.path(key);
    if (!value.isTextual()) {
      throw fault("a description without the text \"" + key + "\"");
    }
    return value.textValue();
  }

  private long number(JsonNode node, String key) throws WireException {
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw fault("a description without the number \"" + key + "\"");
    }
    return value.longValue();
  }

  private OptionalLong optional(JsonNode node, String key) throws WireException {
    return node.has(key) ? OptionalLong.of(number(node, key)) : OptionalLong.empty();
  }

  private WireException fault(String found) {
    return new WireException(
        WireException.Kind.DESCRIPTION, offset, found, "a vmdescription as JSON");
  }

  /**
   * Writes a description in the form in which QEMU writes it: same order of keys, a blank after
   * each colon and comma.
   *
   * @param description the description
   * @return UTF-8 text
   */
  public static byte[] write(VmDescription description) {
    return new VmDescriptionText().description(description);
  }
}
