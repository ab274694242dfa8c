package org.godwit.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The command {@code godwit:inspect}. Stateless; called by gogo on the thread of a shell, a script
 * or the program. In a shell or script damage is an exception, which ends the script; called by the
 * program alone the result is the exit status.
 */
@Component(
    service = InspectCommand.class,
    property = {"osgi.command.scope=godwit", "osgi.command.function=inspect"})
public final class InspectCommand {

  /** Everything could be read. */
  static final int WHOLE = 0;

  /** The recording is damaged or cannot be opened. */
  static final int DAMAGED = 1;

  /** The words of the command make no sense. */
  static final int USAGE = 2;

  /** Made by the container. */
  public InspectCommand() {}

  /**
   * Runs the command.
   *
   * @param session gogo's session
   * @param words options and the file
   * @return the exit status when called by the program, else nothing
   * @throws IOException in a shell or script, when the recording is damaged or cannot be read
   */
  public @Nullable Integer inspect(CommandSession session, Object[] words) throws IOException {
    String[] arguments = Arrays.stream(words).map(String::valueOf).toArray(String[]::new);
    // Not the session's console: gogo may have led the streams of this thread into a pipe.
    int status = run(arguments, session.currentDir(), System.out, System.err);
    if (calledByProgram(session)) {
      return status;
    }
    if (status != WHOLE) {
      throw new IOException("inspect has failed with status " + status);
    }
    return null;
  }

  /** A shell has a line reader, a script has a name; the program's own call has neither. */
  private static boolean calledByProgram(CommandSession session) {
    return session.get(".reader") == null && session.get("0") == null;
  }

  /** Runs the command anywhere. */
  static int run(String[] words, Path directory, PrintStream out, PrintStream err) {
    InspectArguments arguments = new InspectArguments();
    CommandLine line = new CommandLine(arguments);
    try {
      line.parseArgs(words);
      if (arguments.help()) {
        line.usage(out);
        return WHOLE;
      }
      return report(arguments, directory, out, err);
    } catch (ParameterException | IllegalArgumentException e) {
      err.println("godwit: inspect: " + e.getMessage() + " ('inspect --help' tells more)");
      return USAGE;
    } catch (NoSuchFileException e) {
      err.println("godwit: inspect: " + e.getFile() + " does not exist");
      return DAMAGED;
    } catch (IOException e) {
      err.println("godwit: inspect: " + e.getMessage());
      return DAMAGED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static int report(
      InspectArguments arguments, Path directory, PrintStream out, PrintStream err)
      throws IOException {
    Path path = arguments.path(directory);
    InspectOptions options = arguments.options(directory);
    Inspection inspection =
        Files.isDirectory(path)
            ? ImageInspector.inspect(path, options)
            : StreamInspector.inspect(path, options);
    if (arguments.json()) {
      out.println(
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(inspection.toJson()));
    } else {
      out.print(InspectionText.of(inspection));
    }
    inspection
        .damage()
        .ifPresent(
            damage -> err.println("godwit: inspect: " + damage.file() + ": " + damage.reason()));
    return inspection.damage().isPresent() ? DAMAGED : WHOLE;
  }
}
