package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.CommandFunction;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.command.ShellCommand;
import org.godwit.shell.text.Table;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code help}: all commands that carry a summary, by scope. */
@Command(name = "help", description = "List the commands, or show how one is used.")
final class Help extends ShellCommand {
  private final BundleContext context;
  private final CommandProcessor processor;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Command to explain.")
  private String command = "";

  Help(BundleContext context, CommandProcessor processor) {
    this.context = context;
    this.processor = processor;
  }

  /** A command in the list. */
  private record Entry(String scope, String name, String summary) {
    ObjectNode json() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("scope", scope)
          .put("name", name)
          .put("summary", summary);
    }
  }

  @Override
  public void run() throws Exception {
    if (!command.isEmpty()) {
      explain();
    } else if (json()) {
      printJson();
    } else {
      printText();
    }
  }

  private void explain() throws Exception {
    Entry entry =
        entries().stream()
            .filter(e -> e.name().equals(command))
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandFailure(
                        CommandFailure.USAGE,
                        "There is no command \"" + command + "\"; help lists what there is"));
    String usage = entry.scope().isEmpty() ? ProgramUsage.of(entry.name()) : usage(entry);
    if (json()) {
      print(entry.json().put("usage", usage));
    } else if (usage.isEmpty()) {
      say(entry.name() + ": " + entry.summary());
    } else {
      terminal().out().print(usage);
    }
  }

  private String usage(Entry entry) throws Exception {
    for (ServiceReference<Function> reference :
        context.getServiceReferences(Function.class, filter(entry))) {
      if (context.getService(reference) instanceof CommandFunction known) {
        return known.usage();
      }
    }
    return foreignUsage(entry);
  }

  private static String filter(Entry entry) {
    return "(&(%s=%s)(%s=%s))"
        .formatted(
            CommandProcessor.COMMAND_SCOPE,
            entry.scope(),
            CommandProcessor.COMMAND_FUNCTION,
            entry.name());
  }

  /** A command of another bundle is asked itself. */
  private String foreignUsage(Entry entry) throws Exception {
    // the thread's own streams cannot be a session's: gogo would lead them into themselves
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (PrintStream stream = new PrintStream(text, true, StandardCharsets.UTF_8);
        CommandSession session =
            processor.createSession(InputStream.nullInputStream(), stream, stream)) {
      session.execute(entry.scope() + ":" + entry.name() + " --help");
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private void printJson() throws Exception {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (Entry entry : entries()) {
      list.add(entry.json());
    }
    print(list);
  }

  private void printText() throws InvalidSyntaxException {
    say("Godwit moves running virtual machines. Usage: godwit COMMAND [ARGUMENT …]");
    section("Commands of the program:", "", "godwit");
    section(
        "Commands of the shell (godwit node) and of scripts, beside those above:",
        "migration",
        "machine",
        "qemu");
    say("");
    say(ProgramUsage.OPTIONS);
    say("COMMAND --help, or help COMMAND, shows the options; every command takes --json.");
  }

  private void section(String title, String... scopes) throws InvalidSyntaxException {
    Table table = Table.plain();
    for (Entry entry : entries()) {
      if (List.of(scopes).contains(entry.scope())) {
        table.row("  " + entry.name(), entry.summary());
      }
    }
    if (!table.isEmpty()) {
      say("");
      say(title);
      table.print(terminal().out());
    }
  }

  private List<Entry> entries() throws InvalidSyntaxException {
    List<Entry> entries = new ArrayList<>();
    entries.add(
        new Entry("", "node", "Start a container with the shell; --no-shell without, --load DIR."));
    entries.add(
        new Entry(
            "", "run", "Run a script of shell commands, from a file or - for standard input."));
    entries.add(new Entry("", "-c", "Run shell commands given as one argument."));
    String filter = "(&(" + CommandProcessor.COMMAND_SCOPE + "=*)(" + CommandSet.SUMMARY + "=*))";
    ServiceReference<?>[] found = context.getAllServiceReferences((String) null, filter);
    for (ServiceReference<?> reference : found == null ? new ServiceReference<?>[0] : found) {
      entries.add(
          new Entry(
              String.valueOf(reference.getProperty(CommandProcessor.COMMAND_SCOPE)),
              String.valueOf(reference.getProperty(CommandProcessor.COMMAND_FUNCTION)),
              String.valueOf(reference.getProperty(CommandSet.SUMMARY))));
    }
    entries.sort(Comparator.comparing(Entry::scope).thenComparing(Entry::name));
    return entries;
  }
}
