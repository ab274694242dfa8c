package org.godwit.launcher;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The parsed command line.
 *
 * @param logLevel least level of messages that reach standard error: ERROR, WARN, INFO or DEBUG
 * @param task what to do
 */
record Arguments(String logLevel, Task task) {
  /**
   * Parses the command line: options of the program, then the first word, which decides what the
   * rest means.
   */
  static Arguments parse(String... words) throws UsageException {
    Deque<String> rest = new ArrayDeque<>(List.of(words));
    Optional<String> logLevel = Optional.empty();
    while (!rest.isEmpty()) {
      switch (rest.peek()) {
        case "-v", "--verbose" -> logLevel = Optional.of("INFO");
        case "--debug" -> logLevel = Optional.of("DEBUG");
        default -> {
          Task task = task(rest.pop(), rest);
          return new Arguments(logLevel.orElse(usualLevel(task)), task);
        }
      }
      rest.pop();
    }
    return new Arguments("ERROR", new Task.Command("help", List.of()));
  }

  /** A command tells its failures itself; a node has nobody but the log to tell them. */
  private static String usualLevel(Task task) {
    return task instanceof Task.Node ? "WARN" : "ERROR";
  }

  private static Task task(String first, Deque<String> rest) throws UsageException {
    return switch (first) {
      case "node" -> node(rest);
      case "run" -> script(rest);
      case "-c" -> inline(rest);
      case "-h", "--help" -> new Task.Command("help", List.copyOf(rest));
      case "-V", "--version" -> new Task.Command("version", List.copyOf(rest));
      default -> {
        if (first.startsWith("-")) {
          throw new UsageException(
              "unknown option '" + first + "'; 'godwit help' lists what there is");
        }
        yield new Task.Command(first, List.copyOf(rest));
      }
    };
  }

  private static Task node(Deque<String> rest) throws UsageException {
    boolean shell = true;
    Optional<Path> load = Optional.empty();
    while (!rest.isEmpty()) {
      String option = rest.pop();
      switch (option) {
        case "--no-shell" -> shell = false;
        case "--load" -> load = Optional.of(Path.of(value(option, rest)));
        case "-h", "--help" -> {
          return new Task.Command("help", List.of("node"));
        }
        default ->
            throw new UsageException(
                "node: unknown argument '" + option + "'; it takes --no-shell and --load DIR");
      }
    }
    return new Task.Node(shell, load);
  }

  private static Task script(Deque<String> rest) throws UsageException {
    String source = value("run", rest);
    if (isHelp(source)) {
      return new Task.Command("help", List.of("run"));
    }
    Optional<Path> file = source.equals("-") ? Optional.empty() : Optional.of(Path.of(source));
    return new Task.Script(file, List.copyOf(rest));
  }

  private static Task inline(Deque<String> rest) throws UsageException {
    String text = value("-c", rest);
    if (isHelp(text)) {
      return new Task.Command("help", List.of("--", "-c"));
    }
    if (!rest.isEmpty()) {
      throw new UsageException("-c takes one argument; quote the commands");
    }
    return new Task.Inline(text);
  }

  private static boolean isHelp(String word) {
    return word.equals("-h") || word.equals("--help");
  }

  private static String value(String option, Deque<String> rest) throws UsageException {
    String value = rest.poll();
    if (value == null) {
      throw new UsageException(option + " needs an argument");
    }
    return value;
  }
}
