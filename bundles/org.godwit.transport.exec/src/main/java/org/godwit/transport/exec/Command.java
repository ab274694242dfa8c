package org.godwit.transport.exec;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.godwit.linux.Descriptor;
import org.godwit.linux.Pipe;

/**
 * A running shell command with one end of a pipe in this process. The last of its complaints are
 * kept, so that an error can quote them.
 *
 * <p>Thread-safe.
 */
final class Command implements AutoCloseable {
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Process process;
  private final Descriptor end;
  private final boolean consuming;
  private final Complaints complaints;

  private Command(Process process, Descriptor end, boolean consuming, Complaints complaints) {
    this.process = process;
    this.end = end;
    this.consuming = consuming;
    this.complaints = complaints;
  }

  /** Starts a command that reads what is written to {@link #end()}. */
  static Command consuming(String text) throws IOException {
    Pipe pipe = Pipe.open();
    try {
      ProcessBuilder shell = shell(text);
      shell.redirectInput(Redirect.from(path(pipe.reader()))).redirectOutput(Redirect.DISCARD);
      return start(shell, pipe.writer(), true);
    } catch (IOException | RuntimeException e) {
      pipe.writer().close();
      throw e;
    } finally {
      pipe.reader().close();
    }
  }

  /** Starts a command whose output is read from {@link #end()}. */
  static Command producing(String text) throws IOException {
    Pipe pipe = Pipe.open();
    try {
      ProcessBuilder shell = shell(text);
      shell.redirectInput(Redirect.from(new File("/dev/null")));
      shell.redirectOutput(Redirect.to(path(pipe.writer())));
      return start(shell, pipe.reader(), false);
    } catch (IOException | RuntimeException e) {
      pipe.reader().close();
      throw e;
    } finally {
      pipe.writer().close();
    }
  }

  /** This process's end of the pipe; whoever takes it closes it. */
  Descriptor end() {
    return end;
  }

  /**
   * Waits for the end.
   *
   * @param bound longest time; zero for as long as it takes
   * @return false if it still runs
   */
  boolean awaitEnd(Duration bound) throws InterruptedException {
    if (bound.isZero()) {
      process.waitFor();
      return true;
    }
    return process.waitFor(bound.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether this process writes and the command reads. */
  boolean consumes() {
    return consuming;
  }

  /** Exit status; only after the end. */
  int status() {
    return process.exitValue();
  }

  /** The last of what the command wrote to its standard error, or nothing. After its end. */
  String complaint() throws InterruptedException {
    return complaints.text(LAST_WORDS);
  }

  /** Ends the shell and what it started, at once. */
  void kill() {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroyForcibly();
    started.forEach(ProcessHandle::destroyForcibly);
  }

  /** Listens to no more complaints. */
  @Override
  public void close() {
    complaints.close();
  }

  private static ProcessBuilder shell(String text) {
    return new ProcessBuilder("/bin/sh", "-c", text);
  }

  private static Command start(ProcessBuilder shell, Descriptor end, boolean consuming)
      throws IOException {
    Pipe errors = Pipe.open();
    try {
      shell.redirectError(Redirect.to(path(errors.writer())));
      Process process = shell.start();
      return new Command(process, end, consuming, Complaints.of(errors.reader()));
    } catch (IOException | RuntimeException e) {
      errors.reader().close();
      throw e;
    } finally {
      errors.writer().close();
    }
  }

  /**
   * Opening this path gives the child a description of its own, in blocking mode, while ours stays
   * non-blocking.
   */
  private static File path(Descriptor descriptor) {
    return new File("/proc/self/fd/" + descriptor.number());
  }
}
