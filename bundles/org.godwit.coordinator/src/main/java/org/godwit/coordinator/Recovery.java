package org.godwit.coordinator;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.godwit.api.migration.MigrationException.Fault;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateException;
import org.godwit.wire.command.Command;
import org.godwit.wire.returnpath.ReturnPathMessage;

/**
 * The source's part of a recovery on a new connection (postcopy, section 7.2, steps 3 to 7): learns
 * which pages arrived, so that exactly the others are sent. Belongs to the sending thread.
 */
final class Recovery {
  private final Job job;
  private final SourceStream stream;
  private final PostcopyState memory;
  private final Preparation preparation;

  /** What is due when the bitmaps are here. */
  @FunctionalInterface
  interface Preparation {
    void run() throws EndedException, IOException, InterruptedException;
  }

  Recovery(Job job, SourceStream stream, PostcopyState memory, Preparation preparation) {
    this.job = job;
    this.stream = stream;
    this.memory = memory;
    this.preparation = preparation;
  }

  /** Size of the largest bitmap that the destination may send, bytes. */
  static long mostBitmap(PostcopyState memory) {
    return memory.blocks().stream()
        .mapToLong(block -> ReturnPathMessage.RecvBitmap.bytesFor(block.pages()))
        .max()
        .orElse(Long.BYTES);
  }

  /** Does all of it; returns when the destination goes on. */
  void run(SourceLink link, ReturnPath.PostcopyEar ear)
      throws EndedException, StateException, IOException, InterruptedException {
    ReturnPath answers = link.ear().orElseThrow();
    job.watch().begin();
    try {
      learn(link, answers);
      memory.resume();
      preparation.run();
      answers.serve(ear);
      stream.command(new Command.PostcopyResume());
      if (!answers.awaitResumed()) {
        throw gone(link);
      }
    } finally {
      job.watch().end(0);
    }
  }

  private void learn(SourceLink link, ReturnPath answers)
      throws EndedException, StateException, IOException, InterruptedException {
    List<PostcopyState.Block> blocks = memory.blocks();
    answers.expectBitmaps(blocks.size());
    for (PostcopyState.Block block : blocks) {
      stream.command(new Command.RecvBitmap(block.name()));
    }
    for (int i = 0; i < blocks.size(); i++) {
      Optional<ReturnPathMessage.RecvBitmap> told = answers.awaitBitmap();
      if (told.isEmpty()) {
        throw gone(link);
      }
      memory.received(told.get().block(), told.get().bitmap());
    }
  }

  private static EndedException gone(SourceLink link) {
    EndCause unknown =
        new EndCause.PeerFailed(Fault.LINK, "The destination was gone during the recovery.");
    return new EndedException(link.broken().orElse(unknown));
  }
}
