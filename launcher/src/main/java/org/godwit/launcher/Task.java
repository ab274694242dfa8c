package org.godwit.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the container is started for. */
sealed interface Task {
  /**
   * A container that stays up until it is told to stop.
   *
   * @param shell true for an interactive shell on the terminal
   * @param load folder that is watched for bundles, or empty for that of the distribution
   */
  record Node(boolean shell, Optional<Path> load) implements Task {}

  /**
   * A script in gogo's language.
   *
   * @param source its file, or empty for standard input
   * @param arguments the script's {@code $args}, {@code $1} and so on
   */
  record Script(Optional<Path> source, List<String> arguments) implements Task {}

  /**
   * Commands from the command line, in gogo's language.
   *
   * @param text the commands
   */
  record Inline(String text) implements Task {}

  /**
   * One command of scope {@code godwit}; its arguments reach it as they are, unparsed.
   *
   * @param name the function's name
   * @param arguments its arguments
   */
  record Command(String name, List<String> arguments) implements Task {}
}
