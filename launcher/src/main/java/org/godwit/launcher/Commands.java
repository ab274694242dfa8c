package org.godwit.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Finds the command processor and commands in a container, and adds the shell's own ones where no
 * shell runs.
 */
final class Commands {
  private static final String PROCESSOR = "org.apache.felix.service.command.CommandProcessor";
  private static final String SHELL = "org.apache.felix.gogo.jline";

  /**
   * Bundles start on the launcher's thread; the wait only covers components that another thread
   * completes.
   */
  private static final long WAIT_MILLIS = 3000;

  private static final String CONVERTER = "org.apache.felix.service.command.Converter";

  private final BundleContext context;

  Commands(BundleContext context) {
    this.context = context;
  }

  /** The command processor, waited for a bounded time. */
  Object processor() throws InterruptedException {
    return await("(objectClass=" + PROCESSOR + ")")
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "the distribution has no command processor (gogo runtime)"));
  }

  /** True once a command of scope godwit is there, waited for a bounded time. */
  boolean awaitCommand(String function) throws InterruptedException {
    String value = escape(function);
    return await("(&(osgi.command.scope=godwit)(osgi.command.function=" + value + "))").isPresent();
  }

  private Optional<Object> await(String filter) throws InterruptedException {
    ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, filter(filter), null);
    tracker.open(true);
    try {
      return Optional.ofNullable(tracker.waitForService(WAIT_MILLIS));
    } finally {
      tracker.close();
    }
  }

  private static Filter filter(String text) {
    try {
      return FrameworkUtil.createFilter(text);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String escape(String value) {
    return value.replaceAll("([\\\\*()])", "\\\\$1");
  }

  /** Whether the shell and scripts have a command that the program itself does not. */
  boolean isOfShell(String function) {
    return !references("(osgi.command.function=" + escape(function) + ")").isEmpty();
  }

  /** Names of the commands of scope godwit that help lists. */
  SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>();
    for (ServiceReference<?> reference :
        references("(&(osgi.command.scope=godwit)(godwit.command.summary=*))")) {
      Object functions = reference.getProperty("osgi.command.function");
      names.addAll(
          functions instanceof String[] several
              ? List.of(several)
              : List.of(String.valueOf(functions)));
    }
    return names;
  }

  private List<ServiceReference<?>> references(String filter) {
    try {
      ServiceReference<?>[] found = context.getAllServiceReferences((String) null, filter);
      return found == null ? List.of() : List.of(found);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Makes an object's methods commands. */
  void register(String scope, Object commands, String... functions) {
    Map<String, Object> properties =
        Map.of("osgi.command.scope", scope, "osgi.command.function", functions);
    context.registerService(Object.class, commands, FrameworkUtil.asDictionary(properties));
  }

  /**
   * Registers {@code echo}, {@code each}, {@code if} and their like, which the shell's bundle
   * brings when it is started; started it would also take the terminal.
   */
  void registerShellCommands(Object processor) throws ReflectiveOperationException {
    for (Bundle bundle : context.getBundles()) {
      if (SHELL.equals(bundle.getSymbolicName())) {
        registerAll(bundle, processor);
      }
    }
  }

  private void registerAll(Bundle shell, Object processor) throws ReflectiveOperationException {
    List<Object> commands = new ArrayList<>();
    for (String name : List.of("Builtin", "Procedural")) {
      commands.add(shell.loadClass(SHELL + "." + name).getDeclaredConstructor().newInstance());
    }
    Class<?> posix = shell.loadClass(SHELL + ".Posix");
    commands.add(posix.getConstructors()[0].newInstance(processor));
    for (Object command : commands) {
      // The shell keeps the list of functions to itself; it is the same that its activator
      // registers.
      var functions = command.getClass().getDeclaredField("functions");
      functions.setAccessible(true);
      register("gogo", command, (String[]) functions.get(null));
    }
    // makes bundles of numbers, for start, stop and their like
    Class<?> converters = shell.loadClass(SHELL + ".Converters");
    context.registerService(
        CONVERTER,
        converters.getConstructors()[0].newInstance(context),
        FrameworkUtil.asDictionary(Map.of()));
  }
}
