package org.godwit.launcher;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs scripts and commands without a shell, on the main thread. */
final class Session {
  private final Commands commands;
  private final PrintStream out;
  private final PrintStream err;
  private final InputStream in;

  /**
   * Uses the given streams, which have to be the process's own: gogo puts others in the place of
   * {@code System.out}.
   */
  Session(Commands commands, InputStream in, PrintStream out, PrintStream err) {
    this.commands = commands;
    this.in = in;
    this.out = out;
    this.err = err;
  }

  /** Runs a script and returns the exit status. */
  int run(String name, String script, List<String> arguments) throws InterruptedException {
    return run(
        name,
        session -> {
          session.put("0", name);
          session.put("args", arguments);
          for (int i = 0; i < arguments.size(); i++) {
            session.put(String.valueOf(i + 1), arguments.get(i));
          }
          return session.execute(script);
        });
  }

  /**
   * Runs one command of scope godwit with its arguments as they are and returns the exit status.
   */
  int run(Task.Command task) throws InterruptedException {
    if (!commands.awaitCommand(task.name())) {
      return unknown(task);
    }
    return run(
        task.name(),
        session -> session.execute("godwit:" + task.name(), new ArrayList<>(task.arguments())));
  }

  private int unknown(Task.Command task) {
    String sentence = commands.isOfShell(task.name()) ? ofShell(task) : nowhere(task);
    if (JsonFailure.isWanted(task.arguments())) {
      out.println(JsonFailure.of(sentence, ExitStatus.USAGE));
      out.flush();
    }
    err.println("godwit: " + sentence);
    return ExitStatus.USAGE;
  }

  private static String ofShell(Task.Command task) {
    String line = String.join(" ", task.arguments());
    return "'%s' is a command of the shell: godwit -c '%s', or type it into godwit node"
        .formatted(task.name(), (task.name() + " " + line).strip());
  }

  private String nowhere(Task.Command task) {
    return "there is no command '%s'; there are: node, run, -c, %s"
        .formatted(task.name(), String.join(", ", commands.names()));
  }

  private int run(String what, Work work) throws InterruptedException {
    try (GogoSession session = open()) {
      Object result = work.in(session);
      if (result != null && !(result instanceof Integer)) {
        out.println(session.format(result));
      }
      return ExitStatus.of(result);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return failed(what, e);
    } finally {
      out.flush();
    }
  }

  private GogoSession open() throws Exception {
    Object processor = commands.processor();
    commands.registerShellCommands(processor);
    GogoSession session = GogoSession.open(processor, in, out, err);
    session.put("SCOPE", "godwit:migration:machine:image:gogo:*");
    return session;
  }

  private int failed(String what, Exception fault) {
    ScriptExit exit = ScriptExit.in(fault);
    if (exit != null) {
      return exit.status();
    }
    err.println("godwit: " + what + ": " + sentence(fault));
    return ExitStatus.of(fault);
  }

  /** What was thrown without a word has a name in Java only, which says nothing to a user. */
  private static String sentence(Exception fault) {
    String reason = Container.reason(fault);
    return reason.equals(fault.toString()) && fault.getMessage() == null
        ? "failed without a reason"
        : reason;
  }

  /** Something done in a session. */
  private interface Work {
    @Nullable Object in(GogoSession session) throws Exception;
  }
}
