package org.godwit.shell.machine;

import java.util.Map;
import java.util.TreeMap;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.migration.Sizes;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What machine to make; a picocli mixin. */
public final class MachineOptions {
  @Parameters(index = "0", paramLabel = "KIND", description = "Kind; machine-kinds lists them.")
  private String kind = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "Name of the machine.")
  private String name = "";

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "Memory of the guest, for example 512M; default is ${DEFAULT-VALUE}.",
      defaultValue = "1G")
  private String memory = "";

  @Option(
      names = "-o",
      paramLabel = "KEY=VALUE",
      description = "An option of this kind of machine; can be repeated.")
  private Map<String, String> options = new TreeMap<>();

  /** For picocli. */
  public MachineOptions() {}

  /** The kind. */
  public String kind() {
    return kind;
  }

  /**
   * What to make.
   *
   * @throws IllegalArgumentException if a value does not fit
   */
  public MachineSpec spec() {
    return new MachineSpec(name, Sizes.parse(memory), options);
  }
}
