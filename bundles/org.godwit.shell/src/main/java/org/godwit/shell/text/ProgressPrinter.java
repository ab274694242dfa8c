package org.godwit.shell.text;

import java.io.PrintStream;
import java.time.Duration;

/**
 * Shows progress: a single line that is drawn again and again on a terminal, a new line every few
 * seconds elsewhere. Silent for the first two seconds on a terminal and where it is not wanted.
 * Used by one thread; it is told the time through {@link Progress#elapsed()}.
 */
public final class ProgressPrinter {
  private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(3);

  /** Usual time before anything is shown. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private final int width;
  private final Duration patience;
  private Duration nextPlain;
  private boolean drawn;

  /**
   * Prints to a stream.
   *
   * @param out usually standard error, so that results can be piped
   * @param terminal whether it understands being drawn over
   * @param width columns
   * @param patience how long nothing is shown
   */
  public ProgressPrinter(PrintStream out, boolean terminal, int width, Duration patience) {
    this.out = out;
    this.terminal = terminal;
    this.width = width;
    this.patience = patience;
    this.nextPlain = patience;
  }

  /** Shows a state, if it is time to. */
  public void show(Progress progress) {
    if (terminal && progress.elapsed().compareTo(patience) >= 0) {
      draw(progress);
    } else if (!terminal && progress.elapsed().compareTo(nextPlain) >= 0) {
      nextPlain = progress.elapsed().plus(PLAIN_INTERVAL);
      out.println(progress.plain());
      out.flush();
    }
  }

  private void draw(Progress progress) {
    drawn = true;
    out.print(CLEAR_LINE + progress.line(width - 1));
    out.flush();
  }

  /** Takes the drawn line away. */
  public void clear() {
    if (drawn) {
      out.print(CLEAR_LINE);
      out.flush();
      drawn = false;
    }
  }
}
