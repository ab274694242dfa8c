package org.godwit.machine.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.WorkListener;

/**
 * Compares an image with the digests taken when it was received, and tells where damage is.
 *
 * <p>Two threads work for the time of the call.
 */
final class ImageVerifier {
  private final Path directory;
  private final Manifest manifest;

  private final WorkListener listener;
  private final long total;
  private final AtomicLong done = new AtomicLong();

  private ImageVerifier(Path directory, Manifest manifest, WorkListener listener) {
    this.directory = directory;
    this.manifest = manifest;
    this.listener = listener;
    this.total = manifest.blocks().stream().mapToLong(Manifest.Block::length).sum();
  }

  static List<ImageDamage> verify(Path directory, WorkListener listener) throws MachineException {
    ImageVerifier verifier = new ImageVerifier(directory, ManifestReader.read(directory), listener);
    try {
      return verifier.verify();
    } catch (IOException e) {
      throw new MachineException("Image " + directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Looks for damage where that costs next to nothing: everything but the content of RAM.
   *
   * @throws MachineException with the first damage
   */
  static void requireSound(Path directory) throws MachineException {
    ImageVerifier verifier =
        new ImageVerifier(directory, ManifestReader.read(directory), WorkListener.NOBODY);
    try {
      for (ImageDamage damage : verifier.cheapDamages()) {
        throw new MachineException("Image " + directory + " is damaged: " + damage.sentence());
      }
    } catch (IOException e) {
      throw new MachineException("Image " + directory + " cannot be read: " + e.getMessage(), e);
    }
  }

  private List<ImageDamage> cheapDamages() throws IOException {
    List<ImageDamage> found = new ArrayList<>();
    // without the list of digests there is nothing to compare with; sending needs none
    if (manifest.sealed() && Files.isRegularFile(directory.resolve(ImageFiles.SUMS))) {
      found.addAll(manifestDamage());
    }
    for (Manifest.Block block : manifest.blocks()) {
      found.addAll(lengthDamage(block.file(), block.name(), block.length()));
    }
    found.addAll(devicesDamage());
    found.addAll(descriptionDamage());
    return found;
  }

  private List<ImageDamage> verify() throws IOException {
    if (!manifest.sealed()) {
      return List.of(unsealed());
    }
    List<Callable<List<ImageDamage>>> tasks = new ArrayList<>();
    tasks.add(this::manifestDamage);
    manifest.blocks().forEach(block -> tasks.add(() -> damage(block)));
    tasks.add(this::devicesDamage);
    tasks.add(this::descriptionDamage);
    List<List<ImageDamage>> found = Parallel.run(tasks);
    return found.stream().flatMap(List::stream).toList();
  }

  private List<ImageDamage> manifestDamage() throws IOException {
    Path sums = directory.resolve(ImageFiles.SUMS);
    if (!Files.isRegularFile(sums)) {
      return List.of(missing(ImageFiles.SUMS, ImageFiles.SUMS, 0));
    }
    byte[] json = Files.readAllBytes(directory.resolve(ImageFiles.MANIFEST));
    String line = ContentDigest.of(json) + "  " + ImageFiles.MANIFEST;
    if (Files.readString(sums, StandardCharsets.ISO_8859_1).lines().anyMatch(line::equals)) {
      return List.of();
    }
    return List.of(changed(ImageFiles.MANIFEST, ImageFiles.MANIFEST, 0, json.length));
  }

  private List<ImageDamage> damage(Manifest.Block block) throws IOException {
    List<ImageDamage> length = lengthDamage(block.file(), block.name(), block.length());
    if (!length.isEmpty()) {
      return length;
    }
    ContentDigest.Sums sums = ContentDigest.of(directory.resolve(block.file()), this::advanced);
    if (sums.sha256().equals(block.sha256())) {
      return List.of();
    }
    List<ImageDamage> chunks = chunkDamage(block, sums);
    return chunks.isEmpty()
        ? List.of(changed(block.file(), block.name(), 0, block.length()))
        : chunks;
  }

  private void advanced(long bytes) {
    listener.advanced(done.addAndGet(bytes), total);
  }

  private static List<ImageDamage> chunkDamage(Manifest.Block block, ContentDigest.Sums sums) {
    List<ImageDamage> found = new ArrayList<>();
    for (int i = 0; i < sums.chunks().size(); i++) {
      if (!sums.chunks().get(i).equals(block.chunks().get(i))) {
        long offset = i * ContentDigest.CHUNK;
        long length = Math.min(ContentDigest.CHUNK, block.length() - offset);
        found.add(changed(block.file(), block.name(), offset, length));
      }
    }
    return found;
  }

  private List<ImageDamage> devicesDamage() throws IOException {
    List<ImageDamage> length =
        lengthDamage(ImageFiles.DEVICES, ImageFiles.DEVICES, manifest.devicesLength());
    if (!length.isEmpty()) {
      return length;
    }
    byte[] all = Files.readAllBytes(directory.resolve(ImageFiles.DEVICES));
    List<ImageDamage> found = new ArrayList<>();
    for (Manifest.Section section : manifest.sections()) {
      var sha = ContentDigest.sha256();
      sha.update(all, (int) section.offset(), (int) section.length());
      if (!HexFormat.of().formatHex(sha.digest()).equals(section.sha256())) {
        String part = section.key().toString();
        found.add(changed(ImageFiles.DEVICES, part, section.offset(), section.length()));
      }
    }
    return found;
  }

  private List<ImageDamage> descriptionDamage() throws IOException {
    if (manifest.description().isEmpty()) {
      return List.of();
    }
    String file = ImageFiles.DESCRIPTION;
    Manifest.Text text = manifest.description().get();
    List<ImageDamage> length = lengthDamage(file, file, text.length());
    if (!length.isEmpty()) {
      return length;
    }
    String found = ContentDigest.of(directory.resolve(file)).sha256();
    return found.equals(text.sha256()) ? List.of() : List.of(changed(file, file, 0, text.length()));
  }

  private List<ImageDamage> lengthDamage(String file, String part, long expected)
      throws IOException {
    Path path = directory.resolve(file);
    if (!Files.isRegularFile(path)) {
      return List.of(missing(file, part, expected));
    }
    long found = Files.size(path);
    if (found == expected) {
      return List.of();
    }
    long from = Math.min(found, expected);
    String sentence =
        file
            + " ("
            + part
            + ") has "
            + found
            + " bytes instead of "
            + expected
            + (found < expected ? ": it is truncated" : "");
    return List.of(new ImageDamage(file, part, from, Math.abs(found - expected), sentence));
  }

  private static ImageDamage unsealed() {
    String sentence =
        ImageFiles.MANIFEST
            + " has no digests: the receiver is still computing them, or ended before; nothing"
            + " proves this image";
    return new ImageDamage(ImageFiles.MANIFEST, ImageFiles.MANIFEST, 0, 0, sentence);
  }

  private static ImageDamage missing(String file, String part, long length) {
    return new ImageDamage(file, part, 0, length, file + " (" + part + ") is missing");
  }

  private static ImageDamage changed(String file, String part, long offset, long length) {
    String sentence =
        file
            + " ("
            + part
            + ") was changed within bytes "
            + offset
            + " to "
            + (offset + length - 1)
            + ": its digest differs";
    return new ImageDamage(file, part, offset, length, sentence);
  }
}
