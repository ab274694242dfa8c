package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Release of a QEMU, from its greeting.
 *
 * @param major first number
 * @param minor second number
 * @param micro third number
 * @param packaging what the distributor says, may be empty
 */
public record QemuVersion(int major, int minor, int micro, String packaging) {

  /**
   * Whether this release is the given one or newer.
   *
   * @param wantedMajor first number
   * @param wantedMinor second number
   * @return true if so
   */
  public boolean atLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  static QemuVersion of(JsonNode greeting) {
    JsonNode version = greeting.path("QMP").path("version");
    JsonNode numbers = version.path("qemu");
    return new QemuVersion(
        numbers.path("major").asInt(),
        numbers.path("minor").asInt(),
        numbers.path("micro").asInt(),
        version.path("package").asText());
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + micro;
  }
}
