package org.godwit.it.program;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;

/** A node with its shell on pipes: one command in, what it printed out. */
final class NodeShell implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedWriter in;
  private final BufferedReader out;
  private int marks;

  private NodeShell(Process process) {
    this.process = process;
    this.in = process.outputWriter();
    this.out = process.inputReader();
  }

  static NodeShell start(Path load) throws IOException {
    return new NodeShell(
        Godwit.builder("node", "--load", load.toString()).redirectErrorStream(true).start());
  }

  /** Runs a command and returns all that it printed. */
  String run(String command) throws IOException {
    String mark = "mark-" + ++marks;
    in.write(command + "\necho " + mark + "\n");
    in.flush();
    StringBuilder text = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      String said = line.replace("godwit> ", "");
      if (said.equals(mark)) {
        return text.toString();
      }
      text.append(said).append('\n');
    }
    throw new IOException("The node has ended: " + text);
  }

  /** Runs a command with {@code --json}. */
  JsonNode query(String command) throws IOException {
    String text = run(command + " --json");
    return JSON.readTree(text.substring(Math.max(0, text.indexOf('{'))));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
