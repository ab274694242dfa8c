package org.godwit.coordinator;

import java.io.IOException;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.SectionType;
import org.godwit.wire.StreamItem;
import org.godwit.wire.StreamReader;
import org.godwit.wire.command.Command;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathWriter;

/**
 * A destination that behaves as QEMU does: answers every PING alike, starts the guest by itself
 * when it has everything, says SHUT. Runs on a thread of the test.
 */
final class QemuDestination implements Runnable {
  /** What it does wrong. */
  enum Mood {
    /** Nothing. */
    WELL,
    /** Exits at the first device without a word, as 7.2 does. */
    REFUSES_DEVICE,
    /** Says SHUT 1 after EOF. */
    FAILS_AFTER_EOF,
    /** Starts the guest, but the link breaks before SHUT. */
    LOST_BEFORE_SHUT,
    /** Says SHUT 0 at once. */
    LIES,
    /** Says nothing after EOF until the source goes away. */
    SILENT_AFTER_EOF
  }

  private final ChannelServer server;
  private final Guests guests;
  private final Mood mood;

  QemuDestination(Transport link, Guests guests, Mood mood) throws TransportException {
    this.server = link.listen(Endpoint.parse(Rig.URI), TransportOptions.DEFAULT);
    this.guests = guests;
    this.mood = mood;
    Thread _ = Thread.ofPlatform().name("qemu-destination").daemon().start(this);
  }

  @Override
  public void run() {
    try (Channel channel = server.accept();
        ChannelReader in = new ChannelReader(channel, 64 << 10, new StallWatch());
        GatherWriter out = new GatherWriter(channel, new StallWatch(), false)) {
      serve(channel, in, out);
    } catch (IOException e) {
      // the source went away: what a test makes it do
    }
  }

  private void serve(Channel channel, ChannelReader in, GatherWriter out) throws IOException {
    StreamReader reader = new StreamReader(in, ReaderOptions.DEFAULT);
    ReturnPathWriter answers = new ReturnPathWriter(out);
    try (RamRecordReader ram = new RamRecordReader(in, RamFormat.DEFAULT)) {
      StreamItem item = reader.next();
      while (!(item instanceof StreamItem.EndOfStream)) {
        if (item instanceof StreamItem.CommandItem c && c.command() instanceof Command.Ping p) {
          answers.write(new ReturnPathMessage.Pong(p.value()));
          if (mood == Mood.LIES) {
            answers.write(new ReturnPathMessage.Shut(0));
          }
          out.flush();
        } else if (item instanceof StreamItem.SectionHeader section) {
          if (section.type() == SectionType.FULL && mood == Mood.REFUSES_DEVICE) {
            channel.abort("device refused");
            return;
          }
          body(section, in, ram);
          reader.readFooter(section.id());
        }
        item = reader.next();
      }
    }
    var _ = reader.readTrailer();
    end(channel, in, answers, out);
  }

  private static void body(StreamItem.SectionHeader section, ChannelReader in, RamRecordReader ram)
      throws IOException {
    if (section.type() == SectionType.FULL) {
      in.skip(section.idstr().equals("globalstate") ? 104 : 24);
      return;
    }
    RamRecordKind kind = ram.next();
    while (kind != RamRecordKind.EOS) {
      kind = ram.next();
    }
  }

  private void end(Channel channel, ChannelReader in, ReturnPathWriter answers, GatherWriter out)
      throws IOException {
    switch (mood) {
      case FAILS_AFTER_EOF -> answers.write(new ReturnPathMessage.Shut(1));
      case LOST_BEFORE_SHUT -> {
        guests.started("qemu");
        channel.abort("link lost");
        return;
      }
      case SILENT_AFTER_EOF -> {
        boolean _ = in.atEnd();
        return;
      }
      default -> {
        guests.started("qemu");
        answers.write(new ReturnPathMessage.Shut(0));
      }
    }
    out.flush();
  }
}
