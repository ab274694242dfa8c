package org.godwit.shell.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Commands of one scope, registered as services until closed. Used by one thread. */
public final class CommandSet implements AutoCloseable {
  /** Service property with a command's description in one line; {@code help} shows it. */
  public static final String SUMMARY = "godwit.command.summary";

  /** Service property with the names of a command's options, for the tab key. */
  public static final String OPTIONS = "godwit.command.options";

  private final BundleContext context;
  private final String scope;
  private final List<ServiceRegistration<Function>> registrations = new ArrayList<>();

  /** No commands yet. */
  public CommandSet(BundleContext context, String scope) {
    this.context = context;
    this.scope = scope;
  }

  /** Registers a command under the name that its annotation tells. */
  public CommandSet add(Supplier<? extends ShellCommand> maker) {
    CommandSpec spec = new CommandLine(maker.get()).getCommandSpec();
    Map<String, Object> properties = new HashMap<>();
    properties.put(CommandProcessor.COMMAND_SCOPE, scope);
    properties.put(CommandProcessor.COMMAND_FUNCTION, spec.name());
    properties.put(SUMMARY, String.join(" ", spec.usageMessage().description()));
    properties.put(OPTIONS, spec.optionsMap().keySet().toArray(String[]::new));
    registrations.add(
        context.registerService(
            Function.class, new CommandFunction(maker), FrameworkUtil.asDictionary(properties)));
    return this;
  }

  /** Takes all commands back. */
  @Override
  public void close() {
    registrations.forEach(ServiceRegistration::unregister);
    registrations.clear();
  }
}
