package org.godwit.shell.command;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.godwit.shell.text.ProgressPrinter;

/**
 * Where a command writes to.
 *
 * @param out results
 * @param err errors and progress
 * @param interactive whether somebody looks at it on a terminal
 * @param width columns
 * @param directory what relative paths are relative to
 */
public record Terminal(
    PrintStream out, PrintStream err, boolean interactive, int width, Path directory) {
  private static final int USUAL_WIDTH = 80;

  /** The streams of the calling thread, which gogo may have led into a pipe. */
  @SuppressWarnings("SystemConsoleNull") // it is null where streams are redirected, by provider
  public static Terminal ofThisThread(Path directory) {
    Console console = System.console();
    boolean interactive = console != null && console.isTerminal();
    return new Terminal(
        System.out,
        System.err,
        interactive,
        interactive ? measuredWidth() : USUAL_WIDTH,
        directory);
  }

  private static int measuredWidth() {
    try {
      Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
      try (InputStream answer = stty.getInputStream()) {
        String[] rowsAndColumns =
            new String(answer.readAllBytes(), StandardCharsets.US_ASCII).strip().split(" ", -1);
        boolean ended = stty.waitFor(1, TimeUnit.SECONDS);
        int width = ended && rowsAndColumns.length == 2 ? Integer.parseInt(rowsAndColumns[1]) : 0;
        return width > 0 ? width : USUAL_WIDTH;
      }
    } catch (IOException | NumberFormatException e) {
      return USUAL_WIDTH; // no stty, no tty: nothing depends on the width but looks
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return USUAL_WIDTH;
    }
  }

  /** A printer for progress of work that takes longer. */
  public ProgressPrinter progress() {
    return progress(ProgressPrinter.PATIENCE);
  }

  /** A printer that shows progress after a time of its own. */
  public ProgressPrinter progress(Duration patience) {
    return new ProgressPrinter(err, interactive, width, patience);
  }

  /** A path as the user meant it. */
  public Path resolve(String path) {
    return directory.resolve(path).normalize();
  }
}
