package org.godwit.shell.migration;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.godwit.api.migration.Downtime;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.migration.PostcopyStatistics;
import org.godwit.api.savestate.XbzrleCounters;
import org.godwit.api.transport.Endpoint;

/**
 * What {@code query-migrate --json} answers: the fields of QEMU's {@code query-migrate} with their
 * names, units and presence by status, and Godwit's own under {@code x-godwit-}.
 */
public final class QueryMigrate {
  private final Migration migration;
  private final Optional<MigrationOutcome> outcome;

  private QueryMigrate(Migration migration) {
    this.migration = migration;
    this.outcome = KnownOutcome.of(migration);
  }

  /** The answer for a migration. */
  public static ObjectNode of(Migration migration) {
    return new QueryMigrate(migration).answer();
  }

  private ObjectNode answer() {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    MigrationStatus status = outcome.map(MigrationOutcome::status).orElseGet(migration::status);
    MigrationStatistics figures =
        outcome.map(MigrationOutcome::statistics).orElseGet(migration::statistics);
    answer.put("status", status.wireName());
    if (migration.direction() == Migration.Direction.OUTGOING) {
      times(answer, status, figures);
      answer.set("ram", ram(figures));
      figures.xbzrle().ifPresent(counters -> answer.set("xbzrle-cache", xbzrle(counters)));
    } else if (status == MigrationStatus.SETUP) {
      answer.set("socket-address", socketAddress(migration.endpoint()));
    }
    figures.postcopy().ifPresent(part -> blocktime(answer, part));
    outcome
        .flatMap(MigrationOutcome::error)
        .ifPresent(error -> answer.put("error-desc", error.getMessage()));
    additions(answer, figures);
    return answer;
  }

  private static void times(
      ObjectNode answer, MigrationStatus status, MigrationStatistics figures) {
    answer.put("total-time", figures.totalTime().toMillis());
    if (status == MigrationStatus.COMPLETED) {
      answer.put("downtime", millis(figures.downtime().total()));
    } else if (!status.isFinal()) {
      answer.put("expected-downtime", figures.expectedDowntime().toMillis());
    }
    answer.put("setup-time", figures.setupTime().toMillis());
  }

  /** QEMU counts whole milliseconds; a downtime that was there is not 0. */
  private static long millis(Duration time) {
    return time.isZero() ? 0 : Math.max(1, Math.round(time.toNanos() / 1e6));
  }

  private static ObjectNode ram(MigrationStatistics figures) {
    ObjectNode ram = JsonNodeFactory.instance.objectNode();
    ram.put("transferred", figures.transferred());
    ram.put("remaining", figures.remaining());
    ram.put("total", figures.total());
    ram.put("duplicate", figures.duplicate());
    ram.put("normal", figures.normal());
    ram.put("normal-bytes", figures.normal() * figures.pageSize());
    ram.put("dirty-pages-rate", figures.dirtyPagesRate());
    ram.put("mbps", figures.megabitsPerSecond());
    ram.put("dirty-sync-count", figures.dirtySyncCount());
    ram.put("postcopy-requests", figures.postcopy().map(PostcopyStatistics::requests).orElse(0L));
    ram.put("page-size", figures.pageSize());
    ram.put("multifd-bytes", 0);
    ram.put("pages-per-second", figures.pagesPerSecond());
    ram.put("precopy-bytes", figures.precopyBytes());
    ram.put("downtime-bytes", figures.downtimeBytes());
    ram.put("postcopy-bytes", postcopyBytes(figures));
    ram.put("dirty-sync-missed-zero-copy", 0);
    return ram;
  }

  private static long postcopyBytes(MigrationStatistics figures) {
    return figures
        .postcopy()
        .map(part -> (part.requestedPages() + part.backgroundPages()) * figures.pageSize())
        .orElse(0L);
  }

  /** QEMU's fields where it has them, at the destination and with postcopy-blocktime only. */
  private static void blocktime(ObjectNode answer, PostcopyStatistics figures) {
    if (figures.vcpuBlocktime().isEmpty()) {
      return;
    }
    answer.put("postcopy-blocktime", figures.blocktime().toMillis());
    ArrayNode each = answer.putArray("postcopy-vcpu-blocktime");
    figures.vcpuBlocktime().forEach(time -> each.add(time.toMillis()));
  }

  private static ObjectNode postcopy(PostcopyStatistics figures) {
    ObjectNode postcopy = JsonNodeFactory.instance.objectNode();
    postcopy.put("requests", figures.requests());
    postcopy.put("requested-pages", figures.requestedPages());
    postcopy.put("background-pages", figures.backgroundPages());
    postcopy.put("faults", figures.faults());
    postcopy.put("latency-median-us", micros(figures.latencyMedian()));
    postcopy.put("latency-99-us", micros(figures.latency99()));
    postcopy.put("latency-most-us", micros(figures.latencyMost()));
    postcopy.put("recoveries", figures.recoveries());
    postcopy.put("released-bytes", figures.releasedBytes());
    return postcopy;
  }

  private static ObjectNode xbzrle(XbzrleCounters counters) {
    ObjectNode cache = JsonNodeFactory.instance.objectNode();
    cache.put("cache-size", counters.cacheSize());
    cache.put("bytes", counters.bytes());
    cache.put("pages", counters.pages());
    cache.put("cache-miss", counters.cacheMiss());
    cache.put("cache-miss-rate", counters.cacheMissRate());
    cache.put("encoding-rate", counters.encodingRate());
    cache.put("overflow", counters.overflow());
    return cache;
  }

  private static ArrayNode socketAddress(Endpoint endpoint) {
    ArrayNode addresses = JsonNodeFactory.instance.arrayNode();
    ObjectNode address = addresses.addObject();
    int colon = endpoint.address().lastIndexOf(':');
    if (endpoint.scheme().equals("unix") || colon < 0) {
      address.put("type", endpoint.scheme()).put("path", endpoint.address());
    } else {
      address.put("host", endpoint.address().substring(0, colon));
      address.put("port", endpoint.address().substring(colon + 1)).put("type", "inet");
    }
    return addresses;
  }

  private void additions(ObjectNode answer, MigrationStatistics figures) {
    answer.put("x-godwit-id", migration.id());
    answer.put("x-godwit-machine", migration.machine());
    answer.put("x-godwit-direction", direction(migration));
    answer.put("x-godwit-endpoint", migration.endpoint().toString());
    GuestLocation guest = outcome.map(MigrationOutcome::guest).orElseGet(migration::guest);
    answer.put("x-godwit-guest", guest.wireName());
    outcome
        .flatMap(MigrationOutcome::error)
        .map(MigrationException::fault)
        .ifPresent(fault -> answer.put("x-godwit-fault", fault.name().toLowerCase(Locale.ROOT)));
    figures.postcopy().ifPresent(part -> answer.set("x-godwit-postcopy", postcopy(part)));
    if (migration.direction() == Migration.Direction.OUTGOING) {
      answer.set("x-godwit-downtime", downtime(figures.downtime()));
    } else {
      answer.put("x-godwit-total-time", figures.totalTime().toMillis());
      answer.set("x-godwit-ram", ram(figures));
    }
  }

  /** The word for a direction. */
  static String direction(Migration migration) {
    return migration.direction() == Migration.Direction.OUTGOING ? "outgoing" : "incoming";
  }

  private static ObjectNode downtime(Downtime parts) {
    ObjectNode downtime = JsonNodeFactory.instance.objectNode();
    downtime.put("stop-us", micros(parts.stop()));
    downtime.put("final-pass-us", micros(parts.finalPass()));
    downtime.put("device-state-us", micros(parts.deviceState()));
    downtime.put("handover-us", micros(parts.handover()));
    downtime.put("total-us", micros(parts.total()));
    return downtime;
  }

  private static long micros(Duration time) {
    return Math.round(time.toNanos() / 1e3);
  }
}
