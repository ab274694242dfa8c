package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A QEMU that runs as a child process, with a temporary directory for its sockets and logs.
 *
 * <p>Thread-safe. It owns no thread besides those of its {@link QmpConnection}. A hook ends the
 * child when this JVM ends in order; {@link #close} removes the hook.
 */
public final class QemuProcess implements AutoCloseable {
  static final String MONITOR = "qmp.sock";
  static final String SERIAL = "serial.log";

  private static final Logger LOG = LoggerFactory.getLogger(QemuProcess.class);
  private static final String ERRORS = "stderr.log";
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final Process process;
  private final Path directory;
  private final QmpConnection qmp;
  private final Thread hook;

  private QemuProcess(Process process, Path directory, QmpConnection qmp) {
    this.process = process;
    this.directory = directory;
    this.qmp = qmp;
    this.hook = new Thread(process::destroyForcibly, "qemu-end");
  }

  /**
   * Starts a QEMU and waits until its monitor answers.
   *
   * @param command what to start
   * @param timeout how long that may take; also the limit of every QMP command
   * @return the running process
   * @throws IOException if it cannot be started, ends at once (with what it said), or does not
   *     answer in time; no process is left then
   */
  public static QemuProcess start(QemuCommand command, Duration timeout) throws IOException {
    Path directory = Files.createTempDirectory("godwit-qemu-");
    try {
      return start(command, directory, timeout);
    } catch (IOException | RuntimeException e) {
      deleteTree(directory);
      throw e;
    }
  }

  /**
   * The monitor.
   *
   * @return connection, closed with the process
   */
  public QmpConnection qmp() {
    return qmp;
  }

  /**
   * Directory for files of this process; deleted by {@link #close}.
   *
   * @return temporary directory
   */
  public Path directory() {
    return directory;
  }

  /**
   * Process id.
   *
   * @return number
   */
  public long pid() {
    return process.pid();
  }

  /**
   * Whether the process lives.
   *
   * @return false after its end
   */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * What the guest wrote to its first serial port so far.
   *
   * @return one character of ISO 8859-1 for each byte
   * @throws IOException if the file cannot be read
   */
  public String serial() throws IOException {
    return text(SERIAL, StandardCharsets.ISO_8859_1);
  }

  /**
   * What QEMU wrote to its standard error and output so far.
   *
   * @return text, empty if it was silent
   * @throws IOException if the file cannot be read
   */
  public String errors() throws IOException {
    return text(ERRORS, StandardCharsets.UTF_8);
  }

  /**
   * Run state of the guest.
   *
   * @return QEMU's name of the state, for example {@code running} or {@code postmigrate}
   * @throws QmpException if QEMU does not tell
   */
  public String runState() throws QmpException {
    return qmp.execute("query-status").path("status").asText();
  }

  /**
   * Writes guest physical memory to a file, as the guest sees it now.
   *
   * @param address first guest physical address
   * @param length bytes
   * @param file file to write; QEMU creates it
   * @throws QmpException if QEMU cannot
   */
  public void saveMemory(long address, long length, Path file) throws QmpException {
    JsonNode _ =
        qmp.execute(
            "pmemsave", Map.of("val", address, "size", length, "filename", file.toString()));
  }

  /**
   * Waits for the end of the process.
   *
   * @param limit how long
   * @return true if it ended
   * @throws InterruptedException if the thread is interrupted
   */
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Ends the process, in order if it listens ({@code quit}), else by signals, and deletes its
   * directory. A second call does nothing.
   */
  @Override
  public void close() {
    if (process.isAlive()) {
      quit();
    }
    endBySignals();
    qmp.close();
    removeHook();
    deleteTree(directory);
  }

  private static QemuProcess start(QemuCommand command, Path directory, Duration timeout)
      throws IOException {
    File errors = directory.resolve(ERRORS).toFile();
    Process process =
        new ProcessBuilder(command.line(directory))
            .redirectErrorStream(true)
            .redirectOutput(errors)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .start();
    try {
      QmpConnection qmp = connect(process, directory, timeout);
      QemuProcess started = new QemuProcess(process, directory, qmp);
      Runtime.getRuntime().addShutdownHook(started.hook);
      return started;
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw new IOException(failure(command, directory), e);
    }
  }

  private static String failure(QemuCommand command, Path directory) throws IOException {
    String said = Files.readString(directory.resolve(ERRORS)).strip();
    String reason = said.isEmpty() ? "it did not answer" : "it said: " + said;
    return command.program() + " with machine " + command.machine() + " did not start: " + reason;
  }

  /** Tries until QEMU listens: its socket is there a moment before it can be connected to. */
  private static QmpConnection connect(Process process, Path directory, Duration timeout)
      throws IOException {
    Path socket = directory.resolve(MONITOR);
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        return QmpConnection.connect(socket, timeout);
      } catch (SocketException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      // waiting for the end of the process is the pause between two tries
      if (endedWithin(process, POLL)) {
        throw new IOException("The process ended with exit status " + process.exitValue());
      }
    }
  }

  private void quit() {
    try {
      JsonNode _ = qmp.execute("quit", Map.of(), GRACE);
    } catch (QmpException e) {
      LOG.debug("QEMU {} did not take quit", process.pid(), e);
    }
  }

  private void endBySignals() {
    if (!ended(GRACE)) {
      process.destroy();
      if (!ended(GRACE)) {
        process.destroyForcibly();
        boolean _ = ended(GRACE);
      }
    }
  }

  private boolean ended(Duration limit) {
    return endedWithin(process, limit);
  }

  /** Waits also when interrupted: whoever closes must not leave a process behind. */
  private static boolean endedWithin(Process process, Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.trace("The JVM is ending already", e);
    }
  }

  private String text(String file, Charset charset) throws IOException {
    try {
      return Files.readString(directory.resolve(file), charset);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      LOG.warn("Directory {} could not be deleted", root, e);
    }
  }
}
