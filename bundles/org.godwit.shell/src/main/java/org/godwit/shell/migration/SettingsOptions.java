package org.godwit.shell.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that change settings for one migration; a picocli mixin. */
public final class SettingsOptions {
  @Option(
      names = "--capability",
      paramLabel = "NAME[=on|off]",
      description = "Switch a capability on (or off); can be repeated.")
  private List<String> capabilities = new ArrayList<>();

  @Option(
      names = "--parameter",
      paramLabel = "NAME=VALUE",
      description = "Set a parameter; sizes may end in k, M, G, T; can be repeated.")
  private Map<String, String> parameters = new TreeMap<>();

  @Option(names = "--insecure", description = "Go without TLS where the address is not loopback.")
  private boolean insecure;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Give up on a peer that cannot be reached, or makes no progress, for so long.")
  private @Nullable Double timeoutSeconds;

  /** For picocli. */
  public SettingsOptions() {}

  /**
   * Settings with these options applied.
   *
   * @throws IllegalArgumentException if there is no such name, or a value is out of range
   */
  public Settings apply(Settings base) {
    Settings settings = base;
    for (String capability : capabilities) {
      settings = withCapability(settings, capability);
    }
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      settings = withParameter(settings, parameter.getKey(), parameter.getValue());
    }
    if (insecure) {
      settings = settings.with(Parameter.INSECURE, "on");
    }
    return timeoutSeconds == null ? settings : withTimeout(settings, timeoutSeconds);
  }

  private static Settings withTimeout(Settings settings, double seconds) {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("--timeout must be more than 0 seconds, not " + seconds);
    }
    long millis = Math.max(1, Math.round(seconds * 1000));
    return settings.with(Parameter.STALL_TIMEOUT, millis).with(Parameter.CONNECT_TIMEOUT, millis);
  }

  /**
   * Checks names and values that another container will be given.
   *
   * @param capabilities as {@code --capability} takes them
   * @param parameters as {@code --parameter} takes them
   * @throws IllegalArgumentException if there is no such name, or a value is out of range
   */
  public static void check(List<String> capabilities, List<String> parameters) {
    SettingsOptions options = new SettingsOptions();
    options.capabilities = capabilities;
    for (String parameter : parameters) {
      options.parameters.put(SetParameters.name(parameter), SetParameters.value(parameter));
    }
    var _ = options.apply(Settings.defaults());
  }

  /** Switches a capability given as {@code NAME}, {@code NAME=on} or {@code NAME=off}. */
  static Settings withCapability(Settings settings, String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    String value = equals < 0 ? "on" : text.substring(equals + 1);
    return settings.with(capability(name), isOn(name, value));
  }

  private static Capability capability(String name) {
    return Capability.find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no capability \""
                        + name
                        + "\"; query-migrate-capabilities lists them"));
  }

  private static boolean isOn(String name, String value) {
    return switch (value) {
      case "on", "true", "yes" -> true;
      case "off", "false", "no" -> false;
      default ->
          throw new IllegalArgumentException(
              "Capability " + name + " must be on or off, not \"" + value + "\"");
    };
  }

  /** Sets a parameter by name. */
  static Settings withParameter(Settings settings, String name, String value) {
    return settings.with(parameter(name), value);
  }

  /** The parameter with a name. */
  static Parameter parameter(String name) {
    return Parameter.find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no parameter \"" + name + "\"; query-migrate-parameters lists them"));
  }
}
