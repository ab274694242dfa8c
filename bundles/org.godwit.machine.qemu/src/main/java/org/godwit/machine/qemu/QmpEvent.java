package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * Something that happened in QEMU.
 *
 * @param name name in capitals, for example {@code MIGRATION} or {@code STOP}
 * @param data its data; an empty object if it has none
 * @param time when it happened, by the clock of QEMU's host
 */
public record QmpEvent(String name, JsonNode data, Instant time) {

  /**
   * A text of the data.
   *
   * @param field name of the field
   * @return its text, or an empty string if the field is missing
   */
  public String text(String field) {
    return data.path(field).asText();
  }

  static QmpEvent of(JsonNode message, JsonNode emptyData) {
    JsonNode stamp = message.path("timestamp");
    Instant time =
        Instant.ofEpochSecond(
            stamp.path("seconds").asLong(), stamp.path("microseconds").asLong() * 1000);
    JsonNode data = message.path("data");
    return new QmpEvent(
        message.path("event").asText(), data.isMissingNode() ? emptyData : data, time);
  }
}
