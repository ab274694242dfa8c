package org.godwit.api.migration;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Capabilities and parameters of a migration. Immutable; every change makes a new object. */
public final class Settings {
  private final Set<Capability> capabilities;
  private final Map<Parameter, Object> parameters;

  private Settings(Set<Capability> capabilities, Map<Parameter, Object> parameters) {
    this.capabilities = capabilities;
    this.parameters = parameters;
  }

  /**
   * Defaults.
   *
   * @return settings with every capability and parameter at its default
   */
  public static Settings defaults() {
    EnumSet<Capability> on = EnumSet.noneOf(Capability.class);
    for (Capability capability : Capability.values()) {
      if (capability.onByDefault()) {
        on.add(capability);
      }
    }
    return new Settings(on, new EnumMap<>(Parameter.class));
  }

  /**
   * Switches a capability.
   *
   * @param capability which
   * @param on on or off
   * @return new settings
   */
  public Settings with(Capability capability, boolean on) {
    EnumSet<Capability> changed = EnumSet.noneOf(Capability.class);
    changed.addAll(capabilities);
    boolean _ = on ? changed.add(capability) : changed.remove(capability);
    return new Settings(changed, parameters);
  }

  /**
   * Sets a parameter.
   *
   * @param parameter which
   * @param text value as text, see {@link Parameter#parse}
   * @return new settings
   * @throws IllegalArgumentException if the value is not acceptable
   */
  public Settings with(Parameter parameter, String text) {
    EnumMap<Parameter, Object> changed = new EnumMap<>(Parameter.class);
    changed.putAll(parameters);
    changed.put(parameter, parameter.parse(text));
    return new Settings(capabilities, changed);
  }

  /**
   * Sets a number.
   *
   * @param parameter which
   * @param value value in the unit of the parameter
   * @return new settings
   * @throws IllegalArgumentException if the value is out of range
   */
  public Settings with(Parameter parameter, long value) {
    return with(parameter, Long.toString(value));
  }

  /**
   * Whether a capability is on.
   *
   * @param capability which
   * @return true if on
   */
  public boolean has(Capability capability) {
    return capabilities.contains(capability);
  }

  /**
   * Capabilities that are on.
   *
   * @return unmodifiable set
   */
  public Set<Capability> capabilities() {
    return Collections.unmodifiableSet(capabilities);
  }

  /**
   * Value of a number.
   *
   * @param parameter a parameter of type integer
   * @return value in its unit
   */
  public long number(Parameter parameter) {
    return (Long) value(parameter);
  }

  /**
   * Value of a truth parameter.
   *
   * @param parameter a parameter of type boolean
   * @return its value
   */
  public boolean flag(Parameter parameter) {
    return (Boolean) value(parameter);
  }

  /**
   * Value of a text or choice.
   *
   * @param parameter a parameter of type text or choice
   * @return its value
   */
  public String text(Parameter parameter) {
    return (String) value(parameter);
  }

  /**
   * Value of any parameter.
   *
   * @param parameter which
   * @return a Long, Boolean or String
   */
  public Object value(Parameter parameter) {
    return parameters.getOrDefault(parameter, parameter.defaultValue());
  }

  @Override
  public String toString() {
    return "Settings" + capabilities + parameters;
  }
}
