package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatistics;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.GatherList;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.junit.jupiter.api.Test;

/** The instants at which times are taken are QEMU's; the clock goes only where a test lets it. */
class StatisticsTest {
  private static final Duration CONNECTING = Duration.ofSeconds(7);
  private static final Duration WRITING = Duration.ofMillis(10);
  private static final Duration PARTING = Duration.ofSeconds(1000);

  private final ManualTime time = new ManualTime();
  private final Rig rig = new Rig();

  private MigrationStatistics migrate() throws Exception {
    new QemuDestination(rig.link, rig.guests, QemuDestination.Mood.WELL);
    Coordinator engine = Rig.engine(new Slow(), time);
    MigrationOutcome sent = Rig.outcome(engine.migrate(rig.source, Rig.URI, rig.sourceSettings));
    assertEquals(MigrationStatus.COMPLETED, sent.status(), sent::toString);
    assertEquals(Set.of("qemu"), rig.guests.running());
    assertTrue(time.nanoTime() > PARTING.toNanos());
    return sent.statistics();
  }

  @Test
  void shouldEndTheTotalTimeWithTheProofOfTheHandover() throws Exception {
    rig.source.start();
    MigrationStatistics figures = migrate();
    assertEquals(time.nanoTime() - PARTING.toNanos(), figures.totalTime().toNanos());
    assertTrue(figures.downtime().total().compareTo(PARTING) < 0, figures::toString);
  }

  @Test
  void shouldBeginTheSetupWhenThereIsAConnection() throws Exception {
    rig.source.start();
    MigrationStatistics figures = migrate();
    assertTrue(figures.totalTime().compareTo(CONNECTING) > 0, figures::toString);
    assertTrue(figures.setupTime().compareTo(CONNECTING) < 0, figures::toString);
    assertTrue(figures.setupTime().compareTo(WRITING) >= 0, figures::toString);
  }

  @Test
  void shouldTellTheThroughputOfAllButTheSetupAtTheEnd() throws Exception {
    rig.source.start();
    MigrationStatistics figures = migrate();
    double micros = figures.totalTime().minus(figures.setupTime()).toNanos() / 1e3;
    assertEquals(figures.transferred() * 8 / micros, figures.megabitsPerSecond(), 1e-9);
  }

  /** Connects slowly, writes in the same time always, and takes its time to end. */
  private final class Slow implements Transport {
    @Override
    public String scheme() {
      return rig.link.scheme();
    }

    @Override
    public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
      return Optional.empty();
    }

    @Override
    public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
      time.advance(CONNECTING.toNanos());
      return new SlowChannel(rig.link.connect(peer, options));
    }

    @Override
    public ChannelServer listen(Endpoint local, TransportOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  private final class SlowChannel implements Channel {
    private final Channel inner;

    SlowChannel(Channel inner) {
      this.inner = inner;
    }

    @Override
    public void write(GatherList pieces) throws TransportException {
      time.advance(WRITING.toNanos());
      inner.write(pieces);
    }

    @Override
    public boolean bidirectional() {
      return inner.bidirectional();
    }

    @Override
    public String peer() {
      return inner.peer();
    }

    @Override
    public int read(MemorySegment into, long offset, long length) throws TransportException {
      return inner.read(into, offset, length);
    }

    @Override
    public void endOutput() throws TransportException {
      time.advance(PARTING.toNanos());
      inner.endOutput();
    }

    @Override
    public void abort(String why) {
      inner.abort(why);
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
