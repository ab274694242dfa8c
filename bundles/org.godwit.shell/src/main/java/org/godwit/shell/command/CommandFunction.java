package org.godwit.shell.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.godwit.api.migration.MigrationException;
import org.godwit.api.migration.MigrationException.Fault;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * A command as gogo calls it. Thread-safe: every call has its own command object.
 *
 * <p>In a shell or script success is no result at all and failure an exception, which ends the
 * script. Called by the launcher alone ({@code godwit WORD …}) the result is the exit status, and
 * failures have been told on standard error.
 */
public final class CommandFunction implements Function {
  private final Supplier<? extends ShellCommand> maker;

  /** A function that runs a new command on each call. */
  public CommandFunction(Supplier<? extends ShellCommand> maker) {
    this.maker = maker;
  }

  @Override
  public @Nullable Object execute(CommandSession session, List<Object> arguments) throws Exception {
    String[] words = arguments.stream().map(String::valueOf).toArray(String[]::new);
    Terminal terminal = Terminal.ofThisThread(session.currentDir());
    CommandLine line = new CommandLine(maker.get());
    if (!calledByLauncher(session)) {
      run(line, words, terminal);
      return null;
    }
    try {
      run(line, words, terminal);
      return 0;
    } catch (CommandFailure e) {
      terminal.err().println("godwit: " + line.getCommandName() + ": " + e.getMessage());
      return e.status();
    } finally {
      terminal.out().flush();
      terminal.err().flush();
    }
  }

  /** How the command is used, as {@code --help} tells it. */
  public String usage() {
    return new CommandLine(maker.get()).getUsageMessage();
  }

  /** A shell has a line reader, a script has a name; the launcher's own call has neither. */
  private static boolean calledByLauncher(CommandSession session) {
    return session.get(".reader") == null && session.get("0") == null;
  }

  /**
   * Parses and runs. With {@code --json} there is one JSON document in any case: the result, or an
   * object {@code error} with {@code desc} and {@code status}.
   *
   * @throws CommandFailure with everything a user has to know
   * @throws InterruptedException if the thread was told to leave
   */
  public static void run(CommandLine line, String[] words, Terminal terminal)
      throws CommandFailure, InterruptedException {
    ShellCommand command = line.getCommand();
    command.use(terminal);
    try {
      perform(line, words, terminal);
    } catch (CommandFailure e) {
      // the words are asked, not the command: it may not have come to know them
      if (List.of(words).contains("--json")) {
        failJson(command, e);
      }
      throw e;
    }
  }

  private static void failJson(ShellCommand command, CommandFailure failure) {
    try {
      command.failJson(failure);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A sentence and a number are always JSON", e);
    }
  }

  private static void perform(CommandLine line, String[] words, Terminal terminal)
      throws CommandFailure, InterruptedException {
    ShellCommand command = line.getCommand();
    try {
      line.parseArgs(words);
    } catch (ParameterException e) {
      throw new CommandFailure(CommandFailure.USAGE, usageSentence(line, e));
    }
    if (command.help()) {
      line.usage(terminal.out());
      return;
    }
    try {
      command.run();
      command.completeJson();
    } catch (CommandFailure | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      if (command.verbose()) {
        e.printStackTrace(terminal.err());
      }
      throw failure(e);
    }
  }

  private static String usageSentence(CommandLine line, ParameterException e) {
    String message =
        String.valueOf(e.getMessage())
            .replaceAll("\\s*\\R\\s*", " ")
            .replace("option option", "option")
            .replace("is not a double", "is not a number");
    return message + " ('" + line.getCommandName() + " --help' tells more)";
  }

  /** A request that the engine refuses before it touches anything: a wrong URI, say. */
  private static boolean isRequest(Exception e) {
    return e instanceof MigrationException refused && refused.fault() == Fault.REQUEST;
  }

  private static CommandFailure failure(Exception e) {
    boolean usage = e instanceof IllegalArgumentException || isRequest(e);
    int status = usage ? CommandFailure.USAGE : CommandFailure.FAILED;
    String prefix = e instanceof NullPointerException ? "internal error: " : "";
    return new CommandFailure(status, prefix + Sentences.of(e));
  }
}
