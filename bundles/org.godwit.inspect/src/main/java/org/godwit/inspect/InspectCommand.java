package org.godwit.inspect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
    property = {
      "osgi.command.scope=godwit",
      "osgi.command.function=inspect",
      "godwit.command.summary=Tell what is in a recorded migration stream or an image.",
      "godwit.command.options=--json",
      "godwit.command.options=--devices",
      "godwit.command.options=--return",
      "godwit.command.options=--multifd",
      "godwit.command.options=--preempt",
      "godwit.command.options=--recovery",
      "godwit.command.options=--page-size",
      "godwit.command.options=--capability",
      "godwit.command.options=--page-size-block",
      "godwit.command.options=--offset",
      "godwit.command.options=--no-digests",
      "godwit.command.options=-h",
      "godwit.command.options=--help"
    })
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
   * @throws InspectFailure in a shell or script, when the recording is damaged or cannot be read
   */
  public @Nullable Integer inspect(CommandSession session, Object[] words) throws InspectFailure {
    String[] arguments = Arrays.stream(words).map(String::valueOf).toArray(String[]::new);
    // Not the session's console: gogo may have led the streams of this thread into a pipe.
    if (calledByProgram(session)) {
      return run(arguments, session.currentDir(), System.out, System.err);
    }
    execute(arguments, session.currentDir(), System.out, System.err);
    return null;
  }

  /** A shell has a line reader, a script has a name; the program's own call has neither. */
  private static boolean calledByProgram(CommandSession session) {
    return session.get(".reader") == null && session.get("0") == null;
  }

  /** Runs the command anywhere and tells a failure. */
  static int run(String[] words, Path directory, PrintStream out, PrintStream err) {
    try {
      execute(words, directory, out, err);
      return WHOLE;
    } catch (InspectFailure e) {
      err.println("godwit: inspect: " + e.getMessage());
      return e.getAsInt();
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static void execute(String[] words, Path directory, PrintStream out, PrintStream err)
      throws InspectFailure {
    InspectArguments arguments = new InspectArguments();
    CommandLine line = new CommandLine(arguments);
    Inspection inspection;
    try {
      line.parseArgs(words);
      if (arguments.help()) {
        line.usage(out);
        return;
      }
      inspection = inspection(arguments, directory, ReadProgress.on(err));
      print(arguments, inspection, out);
    } catch (IOException | RuntimeException e) {
      InspectFailure failure = failure(e);
      if (List.of(words).contains("--json")) {
        out.println(failure.json());
      }
      throw failure;
    }
    if (inspection.damage().isPresent()) {
      Damage damage = inspection.damage().get();
      throw new InspectFailure(DAMAGED, damage.file() + ": " + damage.reason());
    }
  }

  private static InspectFailure failure(Exception fault) {
    String message = String.valueOf(fault.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    return switch (fault) {
      case ParameterException _, IllegalArgumentException _ ->
          new InspectFailure(USAGE, message + " ('inspect --help' tells more)");
      case NoSuchFileException e -> new InspectFailure(DAMAGED, e.getFile() + " does not exist");
      case AccessDeniedException e ->
          new InspectFailure(DAMAGED, e.getFile() + " may not be read by this user");
      case IOException _ -> new InspectFailure(DAMAGED, message);
      default -> new InspectFailure(DAMAGED, "internal error: " + fault);
    };
  }

  private static Inspection inspection(
      InspectArguments arguments, Path directory, ReadProgress progress) throws IOException {
    Path path = arguments.path(directory);
    InspectOptions options = arguments.options(directory);
    return Files.isDirectory(path)
        ? ImageInspector.inspect(path, options, progress)
        : StreamInspector.inspect(path, options, progress);
  }

  private static void print(InspectArguments arguments, Inspection inspection, PrintStream out)
      throws IOException {
    if (arguments.json()) {
      out.println(
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(inspection.toJson()));
    } else {
      out.print(InspectionText.of(inspection));
    }
  }
}
