package org.godwit.machine.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.godwit.api.machine.GuestProcess;
import org.godwit.api.machine.GuestProcesses;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.Support;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Guests in QEMU processes that check their own memory. Stateless, so thread-safe. */
@Component(service = GuestProcesses.class)
public final class QemuGuests implements GuestProcesses {
  private static final String PROGRAM = "qemu-system-x86_64";
  private static final Duration START_LIMIT = Duration.ofSeconds(20);
  private static final long SMALLEST = 64L << 20;

  /** Made by the container. */
  @Activate
  public QemuGuests() {}

  @Override
  public String kind() {
    return "qemu";
  }

  @Override
  public Support probe() {
    return program().isPresent()
        ? new Support.Available()
        : new Support.Unavailable(
            PROGRAM + " is not on the PATH; on Debian: apt-get install qemu-system-x86");
  }

  private static Optional<Path> program() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .map(directory -> Path.of(directory, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public GuestProcess start(long memoryBytes, boolean waiting) throws MachineException {
    if (memoryBytes < SMALLEST || memoryBytes % (1 << 20) != 0) {
      throw new MachineException(
          "Guest memory of %d bytes is not a multiple of 1 MiB from 64 MiB on"
              .formatted(memoryBytes));
    }
    Path program =
        program().orElseThrow(() -> new MachineException(PROGRAM + " is not on the PATH"));
    QemuCommand command = QemuCommand.of(program, "pc", memoryBytes);
    try {
      return start(waiting ? command.waitForGuest() : command);
    } catch (IOException e) {
      throw new MachineException("QEMU does not start", e);
    }
  }

  /** A destination gets the program too: its loader is a ROM, which both sides must have. */
  private static GuestProcess start(QemuCommand command) throws IOException {
    Path directory = Files.createTempDirectory("godwit-guest-");
    Path kernel = CheckingProgram.writeTo(directory);
    try {
      return new CheckingGuest(
          QemuProcess.start(command.with("-kernel", kernel.toString()), START_LIMIT));
    } finally {
      // QEMU has read it, or will not
      Files.delete(kernel);
      Files.delete(directory);
    }
  }
}
