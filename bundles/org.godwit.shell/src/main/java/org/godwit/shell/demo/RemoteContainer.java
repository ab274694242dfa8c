package org.godwit.shell.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.godwit.shell.command.CommandFailure;

/**
 * A container in a process of its own, started from the same program as this one and driven with
 * shell commands over its standard input and output ({@code serve}). Used by one thread.
 */
final class RemoteContainer implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private boolean idle; // once it has answered; it starts busy

  /** A container in a process that already runs. */
  RemoteContainer(String name, Process process) {
    this.name = name;
    this.process = process;
    this.commands =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts a container.
   *
   * @param name what errors call it
   * @throws IOException if there is no such program to start
   */
  static RemoteContainer start(String name) throws IOException {
    Process process =
        new ProcessBuilder(commandLine(ProcessHandle.current().info()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new RemoteContainer(name, process);
  }

  /** This process's own command line up to the program, and {@code serve} behind it. */
  private static List<String> commandLine(ProcessHandle.Info self) throws IOException {
    String java = self.command().orElseThrow(RemoteContainer::unknown);
    String[] arguments = self.arguments().orElseThrow(RemoteContainer::unknown);
    int jar = Arrays.asList(arguments).indexOf("-jar");
    if (jar < 0 || jar + 1 >= arguments.length) {
      throw unknown();
    }
    List<String> line = new ArrayList<>(List.of(java));
    line.addAll(Arrays.asList(arguments).subList(0, jar + 2));
    line.add("serve");
    return line;
  }

  private static IOException unknown() {
    return new IOException(
        "Cannot tell how this program was started, so no second one can be: use ./godwit demo");
  }

  /** Process id. */
  long pid() {
    return process.pid();
  }

  /**
   * Runs a command.
   *
   * @param words name and arguments
   * @return what it wrote
   * @throws CommandFailure if it failed, with its sentence
   * @throws IOException if the container is gone or does not answer
   */
  String run(String... words) throws CommandFailure, IOException, InterruptedException {
    JsonNode answer = ask(words);
    if (answer.path("status").asInt() != 0) {
      throw failure(answer);
    }
    return answer.path("out").asText();
  }

  /**
   * Runs a command with {@code --json} and reads its answer, which a command may give even if it
   * failed.
   */
  JsonNode query(String... words) throws CommandFailure, IOException, InterruptedException {
    String[] more = Arrays.copyOf(words, words.length + 1);
    more[words.length] = "--json";
    JsonNode answer = ask(more);
    String out = answer.path("out").asText();
    JsonNode document = JSON.readTree(out);
    if (out.isBlank() || document.has("error")) {
      throw failure(answer);
    }
    return document;
  }

  private JsonNode ask(String... words) throws IOException, InterruptedException {
    String arguments =
        Arrays.stream(words).skip(1).map(RemoteContainer::quoted).collect(Collectors.joining(" "));
    idle = false;
    commands.write(words[0] + " " + arguments);
    commands.newLine();
    commands.flush();
    String answer = nextLine(words[0]);
    idle = true;
    return JSON.readTree(answer);
  }

  private CommandFailure failure(JsonNode answer) {
    return new CommandFailure(
        "Container %s: %s".formatted(name, answer.path("err").asText().strip()));
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  private String nextLine(String command) throws IOException, InterruptedException {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> read(line));
    try {
      return line.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "Container %s does not answer %s within %d s".formatted(name, command, LIMIT.toSeconds()),
          e);
    } catch (ExecutionException e) {
      throw new IOException("Container %s broke off during %s".formatted(name, command), e);
    }
  }

  private void read(CompletableFuture<String> into) {
    try {
      String line = answers.readLine();
      if (line == null) {
        into.completeExceptionally(new IOException("its process has ended"));
      } else {
        into.complete(line);
      }
    } catch (IOException | UncheckedIOException e) {
      into.completeExceptionally(e);
    }
  }

  /**
   * Ends the container: in order by the end of its input, else by signals. One that is still busy,
   * be it with its own start, would not see that end soon and is told by a signal at once.
   */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      process.destroy(); // it is gone, or will be
    }
    if (!idle) {
      process.destroy();
    }
    try {
      if (!process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroy();
        process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
