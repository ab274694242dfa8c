package org.godwit.machine.qemu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start a QEMU. The process adds its own QMP monitor, serial file and nothing else: {@code
 * -nodefaults -display none} keep the rest out.
 *
 * @param program path or name of the QEMU program
 * @param machine machine type and its options, for example {@code pc} or {@code q35,usb=off}
 * @param accelerator for example {@code tcg} or {@code kvm}
 * @param memoryBytes guest memory in bytes, a positive multiple of 1 MiB
 * @param stopped whether the guest starts stopped ({@code -S})
 * @param waiting whether it waits for a migration ({@code -incoming defer})
 * @param arguments further arguments
 */
public record QemuCommand(
    Path program,
    String machine,
    String accelerator,
    long memoryBytes,
    boolean stopped,
    boolean waiting,
    List<String> arguments) {

  /** Checks the memory size and copies the arguments. */
  public QemuCommand {
    if (memoryBytes <= 0 || memoryBytes % (1 << 20) != 0) {
      throw new IllegalArgumentException(
          "Guest memory of " + memoryBytes + " bytes is not a positive multiple of 1 MiB");
    }
    arguments = List.copyOf(arguments);
  }

  /**
   * A machine that runs under TCG from the start.
   *
   * @param program path or name of the QEMU program
   * @param machine machine type and its options
   * @param memoryBytes guest memory in bytes, a positive multiple of 1 MiB
   * @return the command
   */
  public static QemuCommand of(Path program, String machine, long memoryBytes) {
    return new QemuCommand(program, machine, "tcg", memoryBytes, false, false, List.of());
  }

  /**
   * The same with another accelerator.
   *
   * @param name for example {@code kvm}
   * @return a new command
   */
  public QemuCommand accelerated(String name) {
    return new QemuCommand(program, machine, name, memoryBytes, stopped, waiting, arguments);
  }

  /**
   * The same with further arguments.
   *
   * @param more appended arguments
   * @return a new command
   */
  public QemuCommand with(String... more) {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of(more));
    return new QemuCommand(program, machine, accelerator, memoryBytes, stopped, waiting, all);
  }

  /**
   * The same, but the guest starts stopped.
   *
   * @return a new command
   */
  public QemuCommand startStopped() {
    return new QemuCommand(program, machine, accelerator, memoryBytes, true, waiting, arguments);
  }

  /**
   * The same, but without a guest: it waits for one to arrive ({@link QemuMigration#incoming}).
   *
   * @return a new command
   */
  public QemuCommand waitForGuest() {
    return new QemuCommand(program, machine, accelerator, memoryBytes, stopped, true, arguments);
  }

  /** The command line; files are in the given directory. */
  List<String> line(Path directory) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of(program.toString(), "-nodefaults", "-no-user-config", "-display", "none"));
    line.addAll(List.of("-machine", machine, "-accel", accelerator));
    line.addAll(List.of("-m", (memoryBytes >> 20) + "M"));
    line.addAll(List.of("-qmp", "unix:" + directory.resolve(QemuProcess.MONITOR) + ",server=on"));
    line.addAll(List.of("-serial", "file:" + directory.resolve(QemuProcess.SERIAL)));
    if (stopped) {
      line.add("-S");
    }
    if (waiting) {
      line.addAll(List.of("-incoming", "defer"));
    }
    line.addAll(arguments);
    return line;
  }
}
