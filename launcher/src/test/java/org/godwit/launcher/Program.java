package org.godwit.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleActivator;

/** The program of the built distribution, run as a process of its own. */
final class Program {
  private static final long LIMIT_SECONDS = 60;

  private final Path temporary;
  private final Path home;

  /** A program whose temporary files go to the given folder. */
  Program(Path temporary) {
    this(temporary, Path.of(System.getProperty("godwit.distribution")));
  }

  private Program(Path temporary, Path home) {
    this.temporary = temporary;
    this.home = home;
  }

  /** The same with one bundle more, made of a single class, its activator. */
  Program with(Class<? extends BundleActivator> activator) throws IOException {
    Path more = Files.createDirectory(temporary.resolve("distribution"));
    for (String part : List.of("lib", "conf", "bundles")) {
      copy(home.resolve(part), more.resolve(part));
    }
    TestBundle.write(more.resolve("bundles").resolve("more.jar"), activator);
    return new Program(temporary, more);
  }

  /** Copies and does not link: Java follows links to tell where the program lies. */
  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /**
   * What a finished program left.
   *
   * @param status exit status
   * @param out standard output
   * @param err standard error
   */
  record Result(int status, String out, String err) {}

  ProcessBuilder prepare(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-jar");
    command.add(home.resolve("lib").resolve("godwit-launcher.jar").toString());
    command.addAll(List.of(words));
    return new ProcessBuilder(command);
  }

  Result run(String input, String... words) throws IOException, InterruptedException {
    Path in = Files.writeString(temporary.resolve("in"), input);
    Path out = temporary.resolve("out");
    Path err = temporary.resolve("err");
    Process process =
        prepare(words)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    return new Result(await(process), text(out), text(err));
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  /** Waits for the end of a process; one that does not end in time is killed and fails the test. */
  static int await(Process process) throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the program did not end within " + LIMIT_SECONDS + " s");
    }
    return process.exitValue();
  }
}
