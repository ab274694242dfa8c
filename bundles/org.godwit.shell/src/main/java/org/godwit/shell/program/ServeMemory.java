package org.godwit.shell.program;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.migration.Sizes;
import org.godwit.api.userfault.FaultHandover;
import org.godwit.api.userfault.FaultHandover.Offer;
import org.godwit.api.userfault.FaultHandover.Pace;
import org.godwit.shell.command.CommandFailure;
import org.godwit.shell.command.ShellCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code serve-memory}. */
@Command(
    name = "serve-memory",
    description =
        "Give other processes (Firecracker, for one) their guests' memory from an image or a file,"
            + " page by page as it is touched.")
final class ServeMemory extends ShellCommand {
  private static final String SCHEME = "unix:";

  private final FaultHandover handover;
  private final Supplier<Optional<ImageStore>> images;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "Directory of an image, or a file with a guest's memory.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "unix:PATH",
      description = "Socket at which the processes hand over their page faults.")
  private String uri = "";

  @Option(
      names = "--block",
      paramLabel = "NAME",
      description = "RAM block of the image, if it has more than one.")
  private String block = "";

  @Option(
      names = "--processes",
      paramLabel = "N",
      description = "End when N processes have been served; else on ctrl-C or SIGTERM.")
  private int processes;

  @Option(
      names = "--read-ahead",
      paramLabel = "SIZE",
      description = "Place so much where a page is touched (64K if not given; 0: the page alone).")
  private String readAhead = "64K";

  @Option(
      names = "--fill",
      paramLabel = "RATE",
      description = "Place so much a second that nobody touches, for example 100M (none).")
  private String fill = "0";

  ServeMemory(FaultHandover handover, Supplier<Optional<ImageStore>> images) {
    this.handover = handover;
    this.images = images;
  }

  @Override
  public void run() throws Exception {
    Path socket = socket();
    Pace pace = new Pace(size("--read-ahead", readAhead), size("--fill", fill));
    if (processes < 0) {
      throw new IllegalArgumentException("--processes must be at least 1, not " + processes);
    }
    Path memory = memory(terminal().resolve(source));
    ServedProcesses served = new ServedProcesses(terminal(), processes);
    try (Offer offer = handover.offer(socket, memory, pace, served::came)) {
      terminal().err().println("Serving " + memory + " at " + SCHEME + socket);
      served.follow(offer);
    } catch (InterruptedException e) {
      // Told to leave; the processes have all their pages by now.
      report(served);
      throw e;
    }
    report(served);
    served.requireNoFailure();
  }

  private void report(ServedProcesses served) throws Exception {
    if (json()) {
      print(served.json());
    } else {
      print(served.table(), "No process came.");
    }
  }

  private Path socket() throws CommandFailure {
    if (!uri.startsWith(SCHEME) || uri.length() == SCHEME.length()) {
      throw new CommandFailure(
          CommandFailure.USAGE,
          "\"" + uri + "\" is no address of a UNIX socket, for example unix:/run/guest.sock");
    }
    return terminal().resolve(uri.substring(SCHEME.length()));
  }

  private static long size(String option, String text) {
    try {
      return Sizes.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
    }
  }

  private Path memory(Path path) throws Exception {
    if (!Files.isDirectory(path)) {
      requireFile(path);
      return path;
    }
    ImageStore store =
        images
            .get()
            .orElseThrow(
                () ->
                    new CommandFailure(
                        path + " is a directory, and no bundle here can read images"));
    return path.resolve(chosen(path, store.describe(path).blocks()).file());
  }

  private void requireFile(Path path) throws CommandFailure {
    if (!block.isEmpty()) {
      throw new CommandFailure(
          CommandFailure.USAGE, path + " is no image, so --block says nothing");
    }
    if (!Files.exists(path)) {
      throw new CommandFailure("There is neither an image nor a file " + path);
    }
    if (!Files.isRegularFile(path)) {
      throw new CommandFailure(path + " is neither an image nor a plain file");
    }
  }

  private ImageDescription.Block chosen(Path path, List<ImageDescription.Block> blocks)
      throws CommandFailure {
    List<String> names = blocks.stream().map(ImageDescription.Block::name).toList();
    if (block.isEmpty() && blocks.size() == 1) {
      return blocks.getFirst();
    }
    return blocks.stream()
        .filter(one -> one.name().equals(block))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailure(
                    CommandFailure.USAGE,
                    "Image %s has the blocks %s; choose one with --block"
                        .formatted(path, String.join(", ", names))));
  }
}
