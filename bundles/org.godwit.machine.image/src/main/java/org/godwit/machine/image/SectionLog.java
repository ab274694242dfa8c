package org.godwit.machine.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DeviceRecorder;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.SectionKey;

/**
 * Keeps device sections in {@link ImageFiles#DEVICES} as they come. Used by one thread, except that
 * in postcopy devices come from a package and dirty bitmaps beside it.
 */
final class SectionLog implements DeviceRecorder {
  /** Name of the section that tells the run state. */
  static final String GLOBAL_STATE = "globalstate";

  private static final int MAX_SECTIONS = 65536;

  private final Path directory;
  private final FileChannel file;
  private final List<Manifest.Section> sections = new ArrayList<>();
  private Optional<Manifest.Text> description = Optional.empty();
  private RunState runState = RunState.RUNNING;

  private SectionLog(Path directory, FileChannel file) {
    this.directory = directory;
    this.file = file;
  }

  static SectionLog create(Path directory) throws MachineException {
    Path path = directory.resolve(ImageFiles.DEVICES);
    try {
      return new SectionLog(
          directory,
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new MachineException(path + " cannot be made: " + PartialDirectory.said(e), e);
    }
  }

  @Override
  public void section(SectionKey key, int version, byte[] body) throws MachineException {
    keep(key, version, body, false);
  }

  @Override
  public void earlySection(SectionKey key, int version, byte[] body) throws MachineException {
    keep(key, version, body, true);
  }

  private synchronized void keep(SectionKey key, int version, byte[] body, boolean early)
      throws MachineException {
    if (sections.size() == MAX_SECTIONS) {
      throw new MachineException("The stream has more than " + MAX_SECTIONS + " device sections");
    }
    try {
      long offset = file.position();
      ByteBuffer bytes = ByteBuffer.wrap(body);
      while (bytes.hasRemaining()) {
        int _ = file.write(bytes);
      }
      String sha256 = ContentDigest.of(body);
      sections.add(new Manifest.Section(key, version, offset, body.length, sha256, early));
    } catch (IOException e) {
      throw new MachineException("Section " + key + " cannot be kept: " + e.getMessage(), e);
    }
    if (key.idstr().equals(GLOBAL_STATE)) {
      runState = RunStates.ofGlobalState(body);
    }
  }

  @Override
  public void description(String json) throws MachineException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    Path path = directory.resolve(ImageFiles.DESCRIPTION);
    try {
      Path _ = Files.write(path, bytes);
    } catch (IOException e) {
      throw new MachineException(path + " cannot be written: " + e.getMessage(), e);
    }
    description = Optional.of(new Manifest.Text(bytes.length, ContentDigest.of(bytes)));
  }

  List<Manifest.Section> sections() {
    return sections;
  }

  Optional<Manifest.Text> description() {
    return description;
  }

  /** Run state of the source; running if the stream did not tell. */
  RunState runState() {
    return runState;
  }

  void sync() throws IOException {
    file.force(true);
    if (description.isPresent()) {
      ImageFiles.sync(directory.resolve(ImageFiles.DESCRIPTION));
    }
  }

  void close() throws IOException {
    file.close();
  }
}
