package org.godwit.shell.program;

/** How those words of the program are used that are no commands of a bundle. Stateless. */
final class ProgramUsage {
  /** What may stand in front of a command. */
  static final String OPTIONS =
      """
      Options before the command: -v tells what happens, --debug more of it, -V the version.
      GODWIT_JAVA_OPTS in the environment adds options for the JVM.
      """;

  private ProgramUsage() {}

  static String of(String word) {
    return switch (word) {
      case "node" ->
          """
          Usage: node [--no-shell] [--load DIR]
          Start a container and keep it until it is told to stop.
                --no-shell   No shell; ctrl-C or SIGTERM ends the node.
                --load DIR   Folder that exists; bundles (*.jar) dropped into it are started.
          Exit status: 0, or the argument of exit; 1 if it cannot start, 2 for wrong arguments,
          130 or 143 after a signal.
          """;
      case "run" ->
          """
          Usage: run FILE|- [ARGUMENT...]
          Run a script of shell commands; it ends at the first that fails.
                FILE       The script; - reads it from standard input.
                ARGUMENT   The script's $1, $2 and so on; all of them are $args.
          Exit status: 0, or the argument of exit; 1 if a command fails, 2 if the script is not
          understood.
          """;
      case "-c" ->
          """
          Usage: -c COMMANDS
          Run shell commands given as one argument, separated by ; or new lines.
          Exit status: 0, or the argument of exit; 1 if a command fails, 2 if they are not
          understood.
          """;
      default -> "";
    };
  }
}
