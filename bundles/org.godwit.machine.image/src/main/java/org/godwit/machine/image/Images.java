package org.godwit.machine.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.ImageDescription;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.machine.MachineSpec;
import org.godwit.api.machine.Support;
import org.godwit.api.machine.WorkListener;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services of this bundle. Thread-safe: it only knows which images are being sealed. */
@Component(
    immediate = true, // a delayed component would forget running seals with its last user
    service = {MachineProvider.class, ImageStore.class},
    property = MachineProvider.KIND_PROPERTY + "=image")
public final class Images implements MachineProvider, ImageStore {
  private static final Logger LOG = LoggerFactory.getLogger(Images.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration FOREIGN_PATIENCE = Duration.ofSeconds(60);
  private static final String DIRECTORY = "directory";

  private final Clock clock;
  private final SealingTable sealing = new SealingTable();

  /** Made by the container. */
  @Activate
  public Images() {
    this(Clock.systemUTC());
  }

  Images(Clock clock) {
    this.clock = clock;
  }

  /** Lets the digests of images just received be written, as far as that takes seconds. */
  @Deactivate
  void stop() {
    if (!sealing.awaitAll(PATIENCE)) {
      LOG.warn("Images are left without digests: they are whole, but cannot be verified");
    }
  }

  @Override
  public String kind() {
    return "image";
  }

  @Override
  public Support probe() {
    return new Support.Available();
  }

  /** Opens the image that the option {@code directory} names; its size is that of the image. */
  @Override
  public Machine create(MachineSpec spec) throws MachineException {
    requireKnown(spec, Set.of(DIRECTORY));
    return ImageMachine.open(spec.name(), directory(spec));
  }

  /** Prepares a new image; any memory size is taken, whatever the specification says. */
  @Override
  public IncomingMachine prepare(MachineSpec spec) throws MachineException {
    requireKnown(spec, Set.of(DIRECTORY, Expectation.TYPE_OPTION, Expectation.UUID_OPTION));
    Expectation expected = Expectation.of(spec.options());
    Path directory = directory(spec);
    if (Files.notExists(directory)) {
      sealing.await(directory); // of one that was moved away: its seal would end up in the new one
    }
    return IncomingImage.create(spec.name(), directory, expected, clock, sealing);
  }

  @Override
  public ImageDescription describe(Path directory) throws MachineException {
    sealing.await(directory);
    return ManifestReader.read(directory).describe();
  }

  @Override
  public List<ImageDamage> verify(Path directory, WorkListener listener) throws MachineException {
    sealing.await(directory);
    try {
      ForeignSeal.await(directory, FOREIGN_PATIENCE);
    } catch (IOException e) {
      throw new MachineException("Image " + directory + " cannot be read: " + e.getMessage(), e);
    }
    return ImageVerifier.verify(directory, listener);
  }

  @Override
  public Machine open(String name, Path directory) throws MachineException {
    return ImageMachine.open(name, directory);
  }

  private static Path directory(MachineSpec spec) throws MachineException {
    @Nullable String text = spec.options().get(DIRECTORY);
    if (text == null || text.isEmpty()) {
      throw new MachineException("A machine of kind image needs the option directory=DIR");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new MachineException("\"" + text + "\" is no path of a directory", e);
    }
  }

  private static void requireKnown(MachineSpec spec, Set<String> known) throws MachineException {
    for (String option : spec.options().keySet()) {
      if (!known.contains(option)) {
        throw new MachineException(
            "A machine of kind image has no option " + option + "; it has " + known);
      }
    }
  }
}
