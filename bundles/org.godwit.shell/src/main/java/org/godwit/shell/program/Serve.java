package org.godwit.shell.program;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;

/**
 * {@code serve}: a container for a program at the other end of standard input and output. Each line
 * read is one line of shell language; each line written is a JSON object with {@code status},
 * {@code out} and {@code err}. Ends with the input.
 */
@Command(
    name = "serve",
    description =
        "Run commands from standard input, one line each, and answer each with a line of JSON.")
final class Serve extends ShellCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final CommandProcessor processor;

  Serve(CommandProcessor processor) {
    this.processor = processor;
  }

  @Override
  public void run() throws IOException, InterruptedException {
    answered(); // its own lines are its answer
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank()) {
        terminal().out().println(JSON.writeValueAsString(answer(line)));
        terminal().out().flush();
      }
    }
  }

  private ObjectNode answer(String line) throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = 0;
    try (PrintStream outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
        PrintStream errStream = new PrintStream(err, true, StandardCharsets.UTF_8);
        CommandSession session =
            processor.createSession(InputStream.nullInputStream(), outStream, errStream)) {
      session.put("0", "serve"); // a script's session: failures are exceptions
      session.put("SCOPE", "godwit:migration:machine:qemu:*");
      session.execute(line);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      status = e instanceof CommandFailure failure ? failure.status() : CommandFailure.FAILED;
      err.writeBytes((Sentences.of(e) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return JsonNodeFactory.instance
        .objectNode()
        .put("status", status)
        .put("out", out.toString(StandardCharsets.UTF_8))
        .put("err", err.toString(StandardCharsets.UTF_8));
  }
}
