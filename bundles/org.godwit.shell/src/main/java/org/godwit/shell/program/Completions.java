package org.godwit.shell.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.shell.command.CommandSet;
import org.godwit.shell.machine.Machines;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Words that the shell's profile offers on the tab key: functions of scope {@code complete} that
 * answer lists.
 */
@Component(
    service = {},
    immediate = true)
public final class Completions {
  private static final String LONG = "--";

  private final List<ServiceRegistration<Function>> registrations = new ArrayList<>();

  /** Registers them. */
  @Activate
  public Completions(BundleContext context, @Reference Machines machines) {
    register(
        context,
        "machines",
        () -> machines.all().stream().map(machine -> machine.spec().name()).toList());
    register(context, "kinds", () -> machines.kinds().stream().map(MachineProvider::kind).toList());
    register(
        context,
        "capabilities",
        () -> Arrays.stream(Capability.values()).map(Capability::wireName).toList());
    register(
        context,
        "parameters",
        () -> Arrays.stream(Parameter.values()).map(Parameter::wireName).toList());
    register(context, "commands", (_, _) -> commands(context));
    register(context, "options", (_, words) -> options(context, String.join(" ", texts(words))));
  }

  private static List<String> texts(List<Object> words) {
    return words.stream().map(String::valueOf).toList();
  }

  /** Commands that tell their options, as {@code scope:function}. */
  private static List<String> commands(BundleContext context) throws InvalidSyntaxException {
    return references(context).stream().map(Completions::fullName).sorted().toList();
  }

  /**
   * Long names of the options of a command, without the dashes, as {@code complete -l} takes them.
   *
   * @param command as {@code scope:function}
   */
  private static List<String> options(BundleContext context, String command)
      throws InvalidSyntaxException {
    return references(context).stream()
        .filter(reference -> fullName(reference).equals(command))
        .flatMap(reference -> Arrays.stream((String[]) reference.getProperty(CommandSet.OPTIONS)))
        .filter(option -> option.startsWith(LONG))
        .map(option -> option.substring(LONG.length()))
        .toList();
  }

  private static List<ServiceReference<?>> references(BundleContext context)
      throws InvalidSyntaxException {
    ServiceReference<?>[] found =
        context.getAllServiceReferences((String) null, "(" + CommandSet.OPTIONS + "=*)");
    return found == null ? List.of() : List.of(found);
  }

  private static String fullName(ServiceReference<?> reference) {
    return reference.getProperty(CommandProcessor.COMMAND_SCOPE)
        + ":"
        + reference.getProperty(CommandProcessor.COMMAND_FUNCTION);
  }

  private void register(BundleContext context, String name, Supplier<List<String>> words) {
    register(context, name, (_, _) -> words.get());
  }

  private void register(BundleContext context, String name, Function function) {
    Map<String, Object> properties =
        Map.of(CommandProcessor.COMMAND_SCOPE, "complete", CommandProcessor.COMMAND_FUNCTION, name);
    registrations.add(
        context.registerService(Function.class, function, FrameworkUtil.asDictionary(properties)));
  }

  @Deactivate
  void close() {
    registrations.forEach(ServiceRegistration::unregister);
  }
}
