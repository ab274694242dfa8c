package org.godwit.coordinator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.godwit.api.savestate.PostcopyState.DiscardSink;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.command.Command;

/**
 * Puts up to twelve ranges of a block into each DISCARD command (commands, section 2.6). Belongs to
 * the sending thread.
 */
final class DiscardCommands implements DiscardSink {
  private final StreamWriter stream;
  private final List<Command.Range> ranges = new ArrayList<>();
  private String block = "";

  DiscardCommands(StreamWriter stream) {
    this.stream = stream;
  }

  @Override
  public void discard(String name, long start, long length) throws IOException {
    if (!name.equals(block) || ranges.size() == Command.PostcopyRamDiscard.MOST_RANGES) {
      end();
      block = name;
    }
    ranges.add(new Command.Range(start, length));
  }

  /** Writes what was collected. */
  void end() throws IOException {
    if (!ranges.isEmpty()) {
      stream.command(new Command.PostcopyRamDiscard(block, ranges));
      ranges.clear();
    }
  }
}
