package org.godwit.shell.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.godwit.api.machine.GuestProcesses;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.Support;
import org.godwit.api.migration.Sizes;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.Sentences;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}. */
@Command(
    name = "demo",
    description = "Move a running guest between two containers and prove that it arrived whole.")
public final class Demo extends ShellCommand {
  @Option(
      names = "--guest",
      paramLabel = "auto|kvm|scripted|qemu",
      description = "Which guest; auto takes kvm where /dev/kvm can be used, else scripted.")
  private String guest = "auto";

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "Memory of the guest, for example 512M; default is ${DEFAULT-VALUE}.",
      defaultValue = "1G")
  private String memory = "";

  @Option(
      names = "-o",
      paramLabel = "KEY=VALUE",
      description = "An option of the machine instead of rate=20000; can be repeated.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = "--parameter",
      paramLabel = "NAME=VALUE",
      description = "Set a parameter of the migration; can be repeated.")
  private List<String> parameters = new ArrayList<>();

  @Option(
      names = "--capability",
      paramLabel = "NAME",
      description = "Switch a capability on at both ends; can be repeated.")
  private List<String> capabilities = new ArrayList<>();

  @Option(
      names = "--mode",
      paramLabel = "precopy|postcopy|hybrid",
      description = "When the guest goes: after its memory, before it, or in between.")
  private String mode = "precopy";

  @Option(
      names = "--cut-at",
      paramLabel = "PERCENT",
      description =
          "Cut the link when so much of the rest has come, for example 40%%, and recover.")
  private String cutAt = "";

  private final Supplier<Optional<GuestProcesses>> foreign;
  private final Function<String, Optional<MachineProvider>> kinds;

  /**
   * A demo with its defaults.
   *
   * @param foreign finds the other hypervisor at the time it is needed
   * @param kinds finds what makes a kind of guest, {@code auto} among them, here
   */
  public Demo(
      Supplier<Optional<GuestProcesses>> foreign,
      Function<String, Optional<MachineProvider>> kinds) {
    this.foreign = foreign;
    this.kinds = kinds;
  }

  @Override
  public void run() throws Exception {
    if (!List.of("auto", "kvm", "scripted", "qemu").contains(guest)) {
      throw new CommandFailure(
          CommandFailure.USAGE,
          "There is no guest \"" + guest + "\"; there are: auto, kvm, scripted, qemu");
    }
    DemoPlan plan =
        new DemoPlan(
            guest,
            Sizes.parse(memory),
            options,
            parameters,
            capabilities,
            DemoMode.parse(mode, cutAt));
    plan.check();
    checkOptions(plan);
    Follower follower = new Follower(terminal(), json());
    Report report =
        guest.equals("qemu")
            ? new QemuDemo(plan, follower, hypervisor()).run()
            : new LiveDemo(plan, follower).run();
    if (json()) {
      print(report.json());
    } else {
      report.print(terminal().out());
    }
    if (!report.fault().isEmpty()) {
      throw new CommandFailure("The proof does not hold: " + report.fault());
    }
  }

  /** The kind of machine itself says what is wrong with its options, before containers start. */
  private void checkOptions(DemoPlan plan) throws CommandFailure {
    Optional<MachineProvider> provider = kinds.apply(guest);
    if (options.isEmpty() || provider.isEmpty()) {
      return;
    }
    try {
      provider.get().prepare(plan.spec()).discard();
    } catch (MachineException e) {
      throw new CommandFailure(CommandFailure.USAGE, Sentences.of(e));
    }
  }

  private GuestProcesses hypervisor() throws CommandFailure {
    GuestProcesses found =
        foreign.get().orElseThrow(() -> new CommandFailure("No bundle drives QEMU here"));
    if (found.probe() instanceof Support.Unavailable(String reason)) {
      throw new CommandFailure("A qemu guest is not possible here: " + reason);
    }
    return found;
  }
}
