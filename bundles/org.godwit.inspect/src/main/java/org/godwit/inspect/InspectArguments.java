package org.godwit.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Words of the command {@code inspect}. */
@Command(
    name = "inspect",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Says what is in a recorded migration stream or an image.")
final class InspectArguments {

  @Parameters(
      index = "0",
      paramLabel = "FILE|DIR",
      description = "A recorded forward stream, plain or .gz, or an image.")
  private String path = "";

  @Option(names = "--json", description = "Print one JSON document instead of text.")
  private boolean json;

  @Option(names = "--devices", description = "Decode device sections into fields.")
  private boolean devices;

  @Option(
      names = "--return",
      paramLabel = "FILE",
      description = "Recording of the reverse direction.")
  private @Nullable String returnPath;

  @Option(
      names = "--multifd",
      paramLabel = "FILE",
      arity = "1..*",
      description = "Recordings of the multifd channels.")
  private List<String> multifd = new ArrayList<>();

  @Option(
      names = "--preempt",
      paramLabel = "FILE",
      description = "Recording of the preempt channel.")
  private @Nullable String preempt;

  @Option(
      names = "--recovery",
      paramLabel = "FILE",
      description = "Recording of the connection that goes on after a broken one.")
  private @Nullable String recovery;

  @Option(names = "--page-size", paramLabel = "BYTES", description = "Target page size (4096).")
  private int pageSize = 4096;

  @Option(
      names = "--capability",
      paramLabel = "NAME",
      description = "A capability that changes the layout and is not in the stream.")
  private List<String> capabilities = new ArrayList<>();

  @Option(
      names = "--page-size-block",
      paramLabel = "BLOCK",
      description = "A RAM block that carries its page size (huge pages, postcopy).")
  private List<String> pageSizeBlocks = new ArrayList<>();

  @Option(
      names = "--offset",
      paramLabel = "BYTES",
      description = "Where the stream begins in the file (0).")
  private long offset;

  @Option(names = "--no-digests", description = "Do not build up memory; much faster.")
  private boolean noDigests;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this text.")
  private boolean help;

  boolean help() {
    return help;
  }

  boolean json() {
    return json;
  }

  Path path(Path directory) {
    return directory.resolve(path);
  }

  InspectOptions options(Path directory) {
    return new InspectOptions(
        pageSize,
        Set.copyOf(capabilities),
        Set.copyOf(pageSizeBlocks),
        offset,
        optional(directory, returnPath),
        multifd.stream().map(directory::resolve).toList(),
        optional(directory, preempt),
        optional(directory, recovery),
        devices,
        !noDigests);
  }

  private static Optional<Path> optional(Path directory, @Nullable String path) {
    return Optional.ofNullable(path).map(directory::resolve);
  }
}
