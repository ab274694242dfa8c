package org.godwit.machine.image;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RefusedException;
import org.godwit.api.machine.StreamConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Which guest a new image takes.
 *
 * @param machineType machine type that alone is taken, empty for any
 * @param uuid UUID that alone is taken, empty for any and for none
 */
record Expectation(String machineType, Optional<UUID> uuid) {
  static final String TYPE_OPTION = "machine-type";
  static final String UUID_OPTION = "uuid";

  /** Reads the options; what is not among them may be any. */
  static Expectation of(Map<String, String> options) throws MachineException {
    @Nullable String uuid = options.get(UUID_OPTION);
    return new Expectation(
        options.getOrDefault(TYPE_OPTION, ""),
        uuid == null ? Optional.empty() : Optional.of(parsed(uuid)));
  }

  /** Fails if the announced guest is another one. */
  void require(StreamConfiguration announced) throws RefusedException {
    if (!machineType.isEmpty() && !announced.machineType().equals(machineType)) {
      throw new RefusedException(
          "The peer's machine type is \""
              + announced.machineType()
              + "\", expected is \""
              + machineType
              + "\"");
    }
    if (uuid.isPresent() && !announced.uuid().equals(uuid)) {
      throw new RefusedException(
          announced
                  .uuid()
                  .map(sent -> "The peer's guest has UUID " + sent)
                  .orElse(
                      "The peer does not tell the UUID of its guest (capability validate-uuid is off"
                          + " there, or the guest has none)")
              + ", expected is "
              + uuid.get());
    }
  }

  private static UUID parsed(String text) throws MachineException {
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid;
      }
    } catch (IllegalArgumentException e) {
      throw noUuid(text, e);
    }
    throw noUuid(text, new IllegalArgumentException("wrong length"));
  }

  private static MachineException noUuid(String text, IllegalArgumentException cause) {
    return new MachineException(
        "\"" + text + "\" is no UUID; expected 8-4-4-4-12 hexadecimal digits", cause);
  }
}
