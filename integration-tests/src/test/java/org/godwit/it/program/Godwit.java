package org.godwit.it.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program of the built distribution as a process of its own; killed when closed. */
public final class Godwit implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;

  private final Process process;
  private final Path out;
  private final Path err;

  private Godwit(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** Starts it with both outputs in files of a folder. */
  public static Godwit start(Path folder, String... words) throws IOException {
    return start(folder, builder(words));
  }

  /** The same with a command line, or an environment, of the test's own. */
  public static Godwit start(Path folder, ProcessBuilder command) throws IOException {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process = command.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Godwit(process, out, err);
  }

  /** The command line of the built program. */
  public static ProcessBuilder builder(String... words) {
    Path distribution = Path.of("../launcher/target/godwit").toAbsolutePath().normalize();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Xmx256m");
    command.add("-jar");
    command.add(distribution.resolve("lib/godwit-launcher.jar").toString());
    command.addAll(List.of(words));
    return new ProcessBuilder(command);
  }

  /** Exit status; a process that does not end in time fails the test. */
  public int await() throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the program did not end within " + LIMIT_SECONDS + " s");
    }
    return process.exitValue();
  }

  /** Waits until standard output or error holds a text. */
  public void awaitText(String text) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!out().contains(text) && !err().contains(text)) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("no \"" + text + "\" in:\n" + out() + err());
      }
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  /** Ends it with SIGKILL, as the kernel does when memory runs out. */
  public void kill() throws InterruptedException {
    int _ = process.destroyForcibly().waitFor();
  }

  /** Asks it to end, as an operator does. */
  public void terminate() {
    process.destroy();
  }

  /** Standard output so far. */
  public String out() throws IOException {
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  /** Standard error so far. */
  public String err() throws IOException {
    return Files.readString(err, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
