package org.godwit.coordinator;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.transport.Transport;
import org.godwit.savestate.devices.DevicesProvider;
import org.godwit.savestate.ram.RamProvider;
import org.godwit.savestate.ram.RamRule;
import org.godwit.transport.memory.MemoryTransport;

/** Two engines with everything they compose, and a link between them. */
final class Rig {
  static final String URI = "memory:link";

  final Guests guests = new Guests();
  final Transport link = new MemoryTransport();
  final FakeMachine source = FakeMachine.small("source", guests).filled(0x1000).ticks(77);
  final FakeIncoming target = new FakeIncoming("target", guests);
  Settings sourceSettings = Settings.defaults();
  Settings targetSettings = Settings.defaults();
  Transport sourceLink = link;
  Transport targetLink = link;
  TimeSource time = TimeSource.SYSTEM;

  /** A link that breaks is not made again. */
  Rig withoutRedelivery() {
    sourceSettings = sourceSettings.with(Parameter.REDELIVER_TIMEOUT, "0");
    targetSettings = targetSettings.with(Parameter.REDELIVER_TIMEOUT, "0");
    return this;
  }

  /** An engine that uses a transport. */
  static Coordinator engine(Transport transport, TimeSource time) {
    return new Coordinator(catalog(transport), time);
  }

  /** The services of an engine. */
  static Catalog catalog(Transport transport) {
    return catalog(transport, new RamProvider());
  }

  /** The services of an engine with another RAM. */
  static Catalog catalog(Transport transport, LiveStateProvider ram) {
    Catalog catalog = new Catalog();
    catalog.addTransport(new Lease<>(transport, "org.godwit.transport.test", 0));
    catalog.addLive(new Lease<>(ram, "org.godwit.savestate.ram", 100));
    catalog.addDevices(new Lease<>(new DevicesProvider(), "org.godwit.savestate.devices", 0));
    catalog.addRule(new Lease<>(new RamRule(), "org.godwit.savestate.ram", 0));
    return catalog;
  }

  Migration receive() throws MigrationException {
    return engine(targetLink, time).incoming(target, URI, targetSettings, true);
  }

  Migration send() throws MigrationException {
    return engine(sourceLink, time).migrate(source, URI, sourceSettings);
  }

  /** The outcome; a migration that hangs fails the test. */
  static MigrationOutcome outcome(Migration migration) throws Exception {
    try {
      return migration.outcome().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError("No outcome of " + migration, e);
    }
  }
}
