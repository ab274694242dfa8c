package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * What was found in a recording.
 *
 * @param facts under the names of the recordings' descriptions
 * @param anomalies sentences about what is legal but worth a look
 * @param damage where and why reading stopped early
 */
record Inspection(ObjectNode facts, List<String> anomalies, Optional<Damage> damage) {

  Inspection {
    anomalies = List.copyOf(anomalies);
  }

  /** Everything as one JSON object. */
  ObjectNode toJson() {
    ObjectNode node = facts.deepCopy();
    ArrayNode list = node.putArray("anomalies");
    anomalies.forEach(list::add);
    damage.ifPresent(
        where ->
            node.putObject("damage")
                .put("file", where.file())
                .put("offset", where.offset())
                .put("reason", where.reason()));
    return node;
  }
}
