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
import org.godwit.shell.machine.Machines;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
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
  }

  private void register(BundleContext context, String name, Supplier<List<String>> words) {
    Function function = (session, arguments) -> words.get();
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
