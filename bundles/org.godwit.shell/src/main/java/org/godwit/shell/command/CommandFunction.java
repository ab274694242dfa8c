package org.godwit.shell.command;

import java.util.List;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
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

  /** A shell has a line reader, a script has a name; the launcher's own call has neither. */
  private static boolean calledByLauncher(CommandSession session) {
    return session.get(".reader") == null && session.get("0") == null;
  }

  /**
   * Parses and runs.
   *
   * @throws CommandFailure with everything a user has to know
   * @throws InterruptedException if the thread was told to leave
   */
  public static void run(CommandLine line, String[] words, Terminal terminal)
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
    command.use(terminal);
    try {
      command.run();
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
    String message = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    return message + " ('" + line.getCommandName() + " --help' tells more)";
  }

  private static CommandFailure failure(Exception e) {
    int status =
        e instanceof IllegalArgumentException ? CommandFailure.USAGE : CommandFailure.FAILED;
    String prefix = e instanceof NullPointerException ? "internal error: " : "";
    return new CommandFailure(status, prefix + Sentences.of(e));
  }
}
