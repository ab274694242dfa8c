package org.godwit.machine.mapped;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineSpec;

/** Reads a machine's options, with ranges, and refuses those that nobody asked for. */
public final class Options {
  private final Map<String, String> values;
  private final Set<String> asked = new HashSet<>();

  /**
   * Reads the options of a specification.
   *
   * @param spec the specification
   */
  public Options(MachineSpec spec) {
    values = spec.options();
  }

  /**
   * A whole number, in bytes with one of the suffixes K, M, G, T if wanted.
   *
   * @param name the option
   * @param fallback value if absent
   * @param minimum lowest value allowed
   * @param maximum highest value allowed
   * @return the value
   * @throws MachineException if it is no number or out of range
   */
  public long number(String name, long fallback, long minimum, long maximum)
      throws MachineException {
    asked.add(name);
    String text = values.get(name);
    if (text == null) {
      return fallback;
    }
    long value = parse(name, text);
    if (value < minimum || value > maximum) {
      throw new MachineException(
          "Option %s is %d, allowed are %d to %d".formatted(name, value, minimum, maximum));
    }
    return value;
  }

  private static long parse(String name, String text) throws MachineException {
    try {
      int power = text.isEmpty() ? -1 : "KMGT".indexOf(text.charAt(text.length() - 1));
      String digits = power < 0 ? text : text.substring(0, text.length() - 1);
      return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (power + 1)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new MachineException("Option " + name + " is \"" + text + "\", wanted is a number", e);
    }
  }

  /**
   * Any text.
   *
   * @param name the option
   * @return the value, empty if absent
   */
  public Optional<String> text(String name) {
    asked.add(name);
    return Optional.ofNullable(values.get(name));
  }

  /**
   * One of a few words, those of an enum in lower case.
   *
   * @param name the option
   * @param fallback value if absent
   * @param <E> the enum
   * @return the value
   * @throws MachineException if the word is none of them
   */
  public <E extends Enum<E>> E word(String name, E fallback) throws MachineException {
    asked.add(name);
    String text = values.get(name);
    if (text == null) {
      return fallback;
    }
    for (E constant : fallback.getDeclaringClass().getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
        return constant;
      }
    }
    throw new MachineException(
        "Option %s is \"%s\", allowed are %s"
            .formatted(name, text, words(fallback.getDeclaringClass().getEnumConstants())));
  }

  private static String words(Enum<?>[] constants) {
    StringBuilder text = new StringBuilder();
    for (Enum<?> constant : constants) {
      text.append(text.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
    }
    return text.toString();
  }

  /**
   * Refuses options that were not asked for.
   *
   * @throws MachineException if there is one
   */
  public void end() throws MachineException {
    for (String name : values.keySet()) {
      if (!asked.contains(name)) {
        throw new MachineException(
            "Option %s is unknown, known are %s".formatted(name, new java.util.TreeSet<>(asked)));
      }
    }
  }
}
