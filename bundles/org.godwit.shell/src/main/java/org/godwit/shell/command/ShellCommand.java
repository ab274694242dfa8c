package org.godwit.shell.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.godwit.shell.text.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A command with its options; made anew for each call and used by the calling thread. Subclasses
 * carry picocli's {@code @Command} with name and a one-line description.
 */
@Command(mixinStandardHelpOptions = false, sortOptions = false, usageHelpAutoWidth = true)
public abstract class ShellCommand {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Option(names = "--json", description = "Print one JSON document instead of text.")
  private boolean json;

  @Option(names = "--verbose", description = "Show stack traces of errors.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  private boolean answered;
  private Terminal terminal = new Terminal(System.out, System.err, false, 80, Path.of(""));

  /** For subclasses. */
  protected ShellCommand() {}

  /**
   * Does the work.
   *
   * @throws Exception to be told to the user as a sentence; {@link CommandFailure} with a status
   */
  public abstract void run() throws Exception;

  /** Says where to write to; called before {@link #run()}. */
  public final void use(Terminal where) {
    terminal = where;
  }

  /** Where to write to. */
  protected final Terminal terminal() {
    return terminal;
  }

  /** Whether the result is wanted as JSON. */
  protected final boolean json() {
    return json;
  }

  /** Whether stack traces are wanted. */
  public final boolean verbose() {
    return verbose;
  }

  /** Whether only the usage text is wanted. */
  public final boolean help() {
    return help;
  }

  /** Prints a line of the result. */
  protected final void say(String line) {
    terminal.out().println(line);
  }

  /** Prints a table, or a sentence if it is empty. */
  protected final void print(Table table, String ifEmpty) {
    if (table.isEmpty()) {
      say(ifEmpty);
    } else {
      table.print(terminal.out());
    }
  }

  /** Prints a JSON document. */
  protected final void print(JsonNode document) throws JsonProcessingException {
    answered();
    terminal.out().println(JSON.writeValueAsString(document));
  }

  /** Notes that the result is on its way, whatever it is. */
  protected final void answered() {
    answered = true;
  }

  /**
   * Where JSON is wanted and none was printed, prints the document that stands for nothing else to
   * tell.
   */
  final void completeJson() throws JsonProcessingException {
    if (json && !answered) {
      print(JsonNodeFactory.instance.objectNode());
    }
  }

  /** Where nothing was printed yet, prints a failure as a JSON document. */
  final void failJson(CommandFailure failure) throws JsonProcessingException {
    if (!answered) {
      ObjectNode document = JsonNodeFactory.instance.objectNode();
      document.putObject("error").put("desc", failure.getMessage()).put("status", failure.status());
      print(document);
    }
  }
}
