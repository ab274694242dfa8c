package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.godwit.wire.Configuration;

/** Describes the configuration section. */
final class ConfigurationFacts {

  private ConfigurationFacts() {}

  static ObjectNode of(Configuration configuration, long bytes) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("machine", configuration.machineType());
    ArrayNode list = node.putArray("subsections");
    configuration
        .pageBits()
        .ifPresent(bits -> subsection(list, Configuration.PAGE_BITS).put("value", bits));
    if (!configuration.capabilities().isEmpty()) {
      ArrayNode names = subsection(list, Configuration.CAPABILITIES).putArray("value");
      configuration.capabilities().forEach(names::add);
    }
    configuration
        .uuid()
        .ifPresent(
            uuid ->
                subsection(list, Configuration.UUID_NAME)
                    .put("value", uuid.toString().replace("-", "")));
    node.put("bytes_after_the_8_byte_header", bytes);
    return node;
  }

  private static ObjectNode subsection(ArrayNode list, String name) {
    return list.addObject().put("name", name).put("version", 1);
  }
}
