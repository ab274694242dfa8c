package org.godwit.shell.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.godwit.api.machine.MachineSpec;
import org.godwit.shell.migration.SettingsOptions;
import org.godwit.shell.text.Units;

/**
 * What a demo does.
 *
 * @param guest kind of guest, or {@code auto}
 * @param memory bytes of guest memory
 * @param options options of the machine, {@code KEY=VALUE}; the usual ones if empty
 * @param parameters parameters of the migration, {@code NAME=VALUE}
 * @param capabilities capabilities to switch on
 * @param mode when the guest goes
 */
record DemoPlan(
    String guest,
    long memory,
    List<String> options,
    List<String> parameters,
    List<String> capabilities,
    DemoMode mode) {
  /**
   * Busy enough for several iterations, slow enough for any host's loopback: 78 MiB in a second.
   */
  private static final List<String> USUAL_OPTIONS = List.of("rate=20000");

  /** A link that is to be cut in the middle must be slow enough to be watched. */
  private static final int CUT_SECONDS = 5;

  private static final int POSTCOPY_SECONDS = 20;
  private static final int HYBRID_SECONDS = 3;

  /**
   * Checks what can be checked before any container is started.
   *
   * @throws IllegalArgumentException if a size, name or value cannot be right
   */
  void check() {
    var _ = new MachineSpec("guest", memory, Map.of());
    for (String option : options) {
      if (option.indexOf('=') < 1) {
        throw new IllegalArgumentException("-o " + option + " is no KEY=VALUE");
      }
    }
    requireMemory(HostMemory.total());
    SettingsOptions.check(capabilities, parameters);
  }

  private void requireMemory(OptionalLong host) {
    if (host.isPresent() && memory > host.getAsLong()) {
      throw new IllegalArgumentException(
          "Memory of %s is more than the %s of this host"
              .formatted(Units.bytes(memory), Units.bytes(host.getAsLong())));
    }
  }

  /** What machine the options ask for. */
  MachineSpec spec() {
    Map<String, String> byKey = new TreeMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      byKey.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return new MachineSpec("guest", memory, byKey);
  }

  /** Words of {@code machine-create} or {@code machine-prepare}. */
  String[] machineWords(String command, String kind, String name) {
    List<String> words = new ArrayList<>(List.of(command, kind, name));
    words.addAll(List.of("--memory", Long.toString(memory)));
    for (String option : options.isEmpty() ? USUAL_OPTIONS : options) {
      words.addAll(List.of("-o", option));
    }
    return words.toArray(String[]::new);
  }

  /**
   * In mode postcopy next to nothing shall come before the guest; in mode hybrid the guest writes
   * about as fast as its memory goes.
   */
  private long bandwidth() {
    if (!mode.postcopy()) {
      return 0;
    }
    return memory / (mode.hybrid() ? HYBRID_SECONDS : POSTCOPY_SECONDS);
  }

  /** Words of {@code migrate} or {@code migrate-incoming}, settings included. */
  String[] migrateWords(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(List.of(more));
    words.addAll(List.of("--parameter", "max-bandwidth=" + bandwidth()));
    if (mode.postcopy()) {
      words.addAll(List.of("--capability", "postcopy-ram", "--capability", "postcopy-blocktime"));
    }
    if (mode.cut() > 0) {
      words.addAll(List.of("--parameter", "max-postcopy-bandwidth=" + memory / CUT_SECONDS));
    }
    for (String parameter : parameters) {
      words.addAll(List.of("--parameter", parameter));
    }
    for (String capability : capabilities) {
      words.addAll(List.of("--capability", capability));
    }
    return words.toArray(String[]::new);
  }
}
