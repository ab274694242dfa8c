package org.godwit.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.GuestLocation;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.MigrationStatus;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportOptions;
import org.godwit.wire.command.Command;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamRecordWriter;
import org.godwit.wire.returnpath.ReturnPathMessage.Shut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes on the second connection of a source, and who else may make one. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PreemptLaneTest {
  private static final int PAGE = 4096;

  private final Rig rig = new Rig();
  private final PostcopyInputTest.Heard heard = new PostcopyInputTest.Heard();

  /** A second connection, which brings bare page records. */
  private final class Second implements AutoCloseable {
    final Channel channel;
    final GatherWriter out;
    final RamRecordWriter ram;
    private final MemorySegment page = Arena.ofAuto().allocate(PAGE, PAGE).fill((byte) 0x5A);

    Second() throws IOException {
      this("ram0");
    }

    Second(String block) throws IOException {
      channel = rig.link.connect(Endpoint.parse(Rig.URI), TransportOptions.DEFAULT);
      out = new GatherWriter(channel, new StallWatch(), false);
      ram =
          new RamRecordWriter(
              out, PAGE, new RamBlockList(List.of(RamBlockEntry.of(block, 300L * PAGE))));
    }

    void pages(long... numbers) throws IOException {
      for (long number : numbers) {
        ram.page(0, number * PAGE, page, 0);
      }
      out.flush();
    }

    void end() throws IOException {
      ram.endOfSection();
      out.flush();
    }

    @Override
    public void close() {
      channel.close();
      out.close();
    }
  }

  private Migration receive() throws Exception {
    Migration incoming =
        new Coordinator(Rig.catalog(rig.link, new TrappingRam(rig.guests)), rig.time)
            .incoming(
                rig.target,
                Rig.URI,
                rig.targetSettings
                    .with(Capability.POSTCOPY_RAM, true)
                    .with(Capability.POSTCOPY_PREEMPT, true),
                true);
    var _ = incoming.listen(heard);
    return incoming;
  }

  /** Up to RUN, with 300 pages to come. */
  private static void run(QemuSource source) throws IOException {
    PostcopyInputTest.begin(source);
    source.stream.command(PostcopyInputTest.discard("ram0", 0, 300L * PAGE));
    PostcopyInputTest.packGuest(source);
    source.flush();
  }

  /** The pages from one on, and the end. */
  private static void rest(QemuSource source, long from) throws IOException {
    source.stream.part(2);
    for (long page = from; page < 300; page++) {
      source.records(page);
    }
    source.endOfBody();
    PostcopyInputTest.end(source);
    source.flush();
  }

  private static void assertTaken(QemuSource source) throws IOException {
    var answers = source.listen();
    assertEquals(new Shut(0), answers.getLast(), answers::toString);
  }

  private void assertRuns(Migration incoming) throws Exception {
    MigrationOutcome outcome = Rig.outcome(incoming);
    assertEquals(MigrationStatus.COMPLETED, outcome.status(), outcome::toString);
    assertEquals(GuestLocation.DESTINATION, outcome.guest());
    assertEquals(Set.of("target"), rig.guests.running());
  }

  /** The source comes back with both connections, and sends everything from a page on. */
  private void recover(Migration incoming, long from) throws Exception {
    Endpoint _ = incoming.recover(Rig.URI);
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      source.stream.command(new Command.PostcopyResume());
      source.flush();
      rest(source, from);
      second.end();
      assertTaken(source);
    }
    assertRuns(incoming);
  }

  @Test
  void shouldPlacePagesOfBothConnections() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      run(source);
      second.pages(0, 1, 2);
      rest(source, 3);
      second.end();
      assertTaken(source);
    }
    assertRuns(incoming);
  }

  @Test
  void shouldWaitWithTheEndForThePagesOfTheSecondConnection() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      run(source);
      heard.await(MigrationStatus.POSTCOPY_ACTIVE);
      rest(source, 3);
      second.pages(0, 1, 2);
      second.end();
      assertTaken(source);
    }
    assertRuns(incoming);
  }

  @Test
  void shouldPauseForASecondConnectionThatEndsEarly() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      run(source);
      second.pages(0, 1);
      second.channel.endOutput();
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("closed the preempt channel before"), reason);
    recover(incoming, 2);
  }

  @Test
  void shouldPauseForASecondConnectionThatEndsInsideAPage() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      run(source);
      second.pages(0);
      second.out.be64(PAGE | 0x08 | 0x20);
      second.out.be64(0);
      second.out.flush();
      second.channel.endOutput();
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("The preempt channel broke"), reason);
    recover(incoming, 1);
  }

  @Test
  void shouldPauseForASecondConnectionThatNamesAnUnknownBlock() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second("elsewhere")) {
      run(source);
      second.pages(0);
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("an unknown block name"), reason);
    recover(incoming, 0);
  }

  @Test
  void shouldPauseForAPageThatCameOnBothConnections() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second second = new Second()) {
      run(source);
      second.pages(0, 0);
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("page offset 0 of block \"ram0\" again"), reason);
    recover(incoming, 1);
  }

  @Test
  void shouldPauseForAStrangerWhoTalks() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link);
        Second stranger = new Second()) {
      stranger.out.be64(0x474554202f204854L);
      stranger.out.flush();
      run(source);
      heard.await(MigrationStatus.POSTCOPY_PAUSED);
    }
    String reason = heard.failure();
    assertTrue(reason.contains("RAM record flags"), reason);
    recover(incoming, 0);
  }

  @Test
  void shouldWaitForTheSourceBehindAStrangerWhoSaysNothing() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      try (Second stranger = new Second()) {
        stranger.channel.endOutput();
        run(source);
        heard.await(MigrationStatus.POSTCOPY_ACTIVE);
        try (Second second = new Second()) {
          second.pages(0, 1, 2);
          rest(source, 3);
          second.end();
          assertTaken(source);
        }
      }
    }
    assertRuns(incoming);
  }

  @Test
  void shouldServeASourceThatNeverConnectsTwice() throws Exception {
    Migration incoming = receive();
    try (QemuSource source = new QemuSource(rig.link)) {
      run(source);
      rest(source, 0);
      assertTaken(source);
    }
    assertRuns(incoming);
  }
}
