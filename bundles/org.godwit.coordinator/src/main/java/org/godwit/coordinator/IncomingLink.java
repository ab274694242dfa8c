package org.godwit.coordinator;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.godwit.api.machine.MachineException;
import org.godwit.api.savestate.StateException;
import org.godwit.api.transport.Channel;

/**
 * One connection of an incoming migration with everything that reads and writes it. Used by the
 * receiving thread; the thread of a package refuses and hangs up.
 */
final class IncomingLink {
  private static final long HANG_UP_MILLIS = 2000;

  /** Makes the loader of a connection. */
  @FunctionalInterface
  interface Loading {
    StreamLoader over(ChannelReader in, Answers answers);
  }

  private final Job job;
  private final Channel channel;
  private final ChannelReader in;
  private final Answers answers;
  private final StreamLoader loader;
  private final Optional<UrgentLane> lane;
  private final CountDownLatch readingEnded = new CountDownLatch(1);

  /**
   * A connection that was just made.
   *
   * @param job the migration
   * @param channel the connection; the caller closes it
   * @param answers its return path; belongs to this
   * @param loading makes what loads its stream
   */
  IncomingLink(Job job, Channel channel, Answers answers, Loading loading) {
    this.job = job;
    this.channel = channel;
    this.answers = answers;
    this.in = new ChannelReader(channel, ChannelReader.STREAM_STAGING, job.watch());
    this.loader = loading.over(in, answers);
    this.lane = UrgentLane.beside(channel);
  }

  Channel channel() {
    return channel;
  }

  ChannelReader in() {
    return in;
  }

  Answers answers() {
    return answers;
  }

  StreamLoader loader() {
    return loader;
  }

  Optional<UrgentLane> lane() {
    return lane;
  }

  /** Loads its stream. */
  void load() throws IOException, StateException, MachineException, EndedException {
    try {
      loader.load();
    } finally {
      readingEnded.countDown();
    }
  }

  /** The migration failed, and the source is told if it can hear. */
  void refuse() {
    if (!answers.isOpen()) {
      return;
    }
    try {
      answers.shut(false);
    } catch (IOException | RuntimeException | Error e) {
      // the source sees the connection end instead
      job.note("The source did not hear that the migration failed", e);
    }
  }

  /** In order, so that SHUT arrives; a source that does not end the connection then is cut off. */
  void hangUp() {
    try {
      channel.endOutput();
      if (readingEnded.await(HANG_UP_MILLIS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (IOException e) {
      job.note("The link is broken already", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.abort("The devices cannot be loaded.");
  }

  /** Whoever writes a request to a source that does not read lets go of the answers. */
  void breakOff() {
    String why = "The connection is given up until the source comes back.";
    job.attempt("break the link", () -> channel.abort(why));
  }

  void closeLane() {
    lane.ifPresent(there -> job.attempt("release the preempt channel", there::close));
  }

  /** Nobody reads or writes any more. */
  void disconnect() {
    job.attempt("release the answers", answers::close);
    job.attempt("release the input", in::close);
  }
}
