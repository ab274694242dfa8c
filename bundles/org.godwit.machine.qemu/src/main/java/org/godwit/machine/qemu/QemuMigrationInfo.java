package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code query-migrate} tells. Figures that QEMU does not tell (yet) are 0.
 *
 * @param status QEMU's name of the status; {@code none} before the first migration
 * @param error QEMU's sentence on why the migration failed
 * @param totalTime since begin, or begin to end
 * @param downtime how long the guest was stopped, known at the end
 * @param setupTime time of the setup phase
 * @param transferred bytes sent
 * @param remaining bytes left
 * @param total bytes of guest RAM
 * @param duplicate zero pages
 * @param normal full pages
 * @param dirtySyncCount bitmap syncs
 * @param megabitsPerSecond throughput in 10^6 bit/s
 * @param all the whole answer
 */
public record QemuMigrationInfo(
    String status,
    Optional<String> error,
    Duration totalTime,
    Duration downtime,
    Duration setupTime,
    long transferred,
    long remaining,
    long total,
    long duplicate,
    long normal,
    long dirtySyncCount,
    double megabitsPerSecond,
    JsonNode all) {
  private static final Set<String> FINAL = Set.of("completed", "failed", "cancelled");

  /**
   * Whether the migration has ended.
   *
   * @return true for completed, failed and cancelled
   */
  public boolean isFinal() {
    return FINAL.contains(status);
  }

  static QemuMigrationInfo of(JsonNode answer) {
    JsonNode ram = answer.path("ram");
    return new QemuMigrationInfo(
        answer.path("status").asText("none"),
        Optional.ofNullable(answer.get("error-desc")).map(JsonNode::asText),
        millis(answer, "total-time"),
        millis(answer, "downtime"),
        millis(answer, "setup-time"),
        ram.path("transferred").asLong(),
        ram.path("remaining").asLong(),
        ram.path("total").asLong(),
        ram.path("duplicate").asLong(),
        ram.path("normal").asLong(),
        ram.path("dirty-sync-count").asLong(),
        ram.path("mbps").asDouble(),
        answer);
  }

  private static Duration millis(JsonNode answer, String field) {
    return Duration.ofMillis(answer.path(field).asLong());
  }
}
