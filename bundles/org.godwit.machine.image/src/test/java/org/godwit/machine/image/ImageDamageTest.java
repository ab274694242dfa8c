package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.machine.ImageDamage;
import org.godwit.api.machine.IncomingMachine;
import org.godwit.api.machine.MachineException;
import org.godwit.api.machine.RamBlock;
import org.godwit.api.machine.WorkListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageDamageTest {
  @TempDir Path temporary;

  private final SampleImage sample = new SampleImage();
  private Path image;

  @BeforeEach
  void receive() throws MachineException {
    image = temporary.resolve("image");
    sample.receive(image).close();
  }

  @Test
  void shouldProveAnUndamagedImage() throws Exception {
    assertEquals(List.of(), sample.images.verify(image, WorkListener.NOBODY));
  }

  @Test
  @Timeout(60)
  void shouldStopVerifyingSoonAfterAnInterrupt() {
    Thread caller = Thread.currentThread();
    Queue<Thread> pieces = new ConcurrentLinkedQueue<>();
    CountDownLatch never = new CountDownLatch(1);
    WorkListener listener =
        (done, total) -> {
          pieces.add(Thread.currentThread());
          caller.interrupt();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    MachineException error =
        assertThrows(MachineException.class, () -> sample.images.verify(image, listener));
    assertTrue(Thread.interrupted(), "the caller still sees its interrupt");
    assertTrue(error.getMessage().endsWith("The work on the image was interrupted"));
    // a second piece of a thread that was told to stop would be too many
    assertEquals(Set.copyOf(pieces).size(), pieces.size());
  }

  @Test
  void shouldNameTheChunkOfAFlippedBitInMemory() throws Exception {
    flip("ram-0.bin", (20L << 20) + 5);
    ImageDamage damage = only();
    assertEquals("ram-0.bin", damage.file());
    assertEquals("pc.ram", damage.part());
    assertEquals(16L << 20, damage.offset());
    assertEquals(16L << 20, damage.length());
  }

  @Test
  void shouldNameTheLastShorterChunk() throws Exception {
    flip("ram-0.bin", SampleImage.RAM_LENGTH - 1);
    assertEquals(32L << 20, only().offset());
    assertEquals(8L << 20, only().length());
  }

  @Test
  void shouldNameTheSectionOfAFlippedBit() throws Exception {
    flip("devices.bin", 4);
    ImageDamage damage = only();
    assertEquals("serial/4294967295", damage.part());
    assertEquals(3, damage.offset());
    assertEquals(2, damage.length());
  }

  @Test
  void shouldNoticeChangesOfDescriptionAndManifest() throws Exception {
    flip("vmdescription.json", 3);
    assertEquals("vmdescription.json", only().file());
    flip("vmdescription.json", 3);
    Path manifest = image.resolve("image.json");
    Files.writeString(manifest, Files.readString(manifest).replace("\"timer\"", "\"timex\""));
    assertEquals("image.json", only().file());
  }

  @Test
  void shouldNameATruncatedFileAndNotOpenIt() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(image.resolve("ram-0.bin").toFile(), "rw")) {
      file.setLength(SampleImage.RAM_LENGTH - 10_000);
    }
    ImageDamage damage = only();
    assertEquals(SampleImage.RAM_LENGTH - 10_000, damage.offset());
    assertEquals(10_000, damage.length());
    assertTrue(damage.sentence().contains("ram-0.bin (pc.ram)"), damage.sentence());
    assertTrue(damage.sentence().contains("truncated"), damage.sentence());
    MachineException error =
        assertThrows(MachineException.class, () -> sample.images.open("x", image));
    assertTrue(error.getMessage().contains("ram-0.bin"), error.getMessage());
  }

  @Test
  void shouldNameAMissingFile() throws Exception {
    Files.delete(image.resolve("ram-1.bin"));
    assertTrue(only().sentence().contains("ram-1.bin (/rom@../../etc/passwd) is missing"));
  }

  @Test
  void shouldSayThatAnImageWithoutDigestsIsNotProved() throws Exception {
    Path manifest = image.resolve("image.json");
    String text = Files.readString(manifest);
    String unsealed =
        text.replaceAll(
            "(?s),\\s*\"sha256\" : \"[0-9a-f]{64}\",\\s*\"chunks_crc32c\" : \"[0-9a-f]*\"", "");
    assertFalse(unsealed.equals(text), "nothing was replaced");
    Files.writeString(manifest, unsealed);
    assertTrue(only().sentence().contains("has no digests"), only().sentence());
    assertEquals("", sample.images.describe(image).blocks().getFirst().sha256());
    sample.images.open("x", image).close();
  }

  @Test
  void shouldWaitForTheDigestsThatAnotherProcessComputes() throws Exception {
    Process sealing = SealingProcess.start(image);
    assertEquals("locked true", sealing.inputReader().readLine());
    var held = new CountDownLatch(1);
    var waiting =
        CompletableFuture.runAsync(
            () -> {
              try {
                ForeignSeal.await(image, Duration.ofSeconds(60), held::countDown);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    held.await();
    assertFalse(waiting.isDone());
    sealing.getOutputStream().write('\n');
    sealing.getOutputStream().flush();
    assertEquals(0, sealing.waitFor());
    assertNull(waiting.get());
    assertEquals(List.of(), sample.images.verify(image, WorkListener.NOBODY));
  }

  @Test
  void shouldNotOpenAnImageWhoseDevicesWereChanged() throws Exception {
    try (RandomAccessFile file =
        new RandomAccessFile(image.resolve("devices.bin").toFile(), "rw")) {
      int first = file.read();
      file.seek(0);
      file.write(first ^ 1);
    }
    MachineException error =
        assertThrows(MachineException.class, () -> sample.images.open("x", image));
    assertTrue(error.getMessage().contains("devices.bin"), error.getMessage());
  }

  @Test
  void shouldSayInASentenceThatTheManifestIsTruncated() throws Exception {
    Files.writeString(image.resolve("image.json"), "{\n \"format\":");
    String sentence =
        assertThrows(MachineException.class, () -> sample.images.open("x", image)).getMessage();
    assertTrue(sentence.contains("is no whole JSON document"), sentence);
    assertFalse(sentence.contains("REDACTED"), sentence);
    assertEquals(1, sentence.lines().count(), sentence);
  }

  @Test
  void shouldNotTakeAnyDirectoryForAnImage() {
    MachineException error =
        assertThrows(MachineException.class, () -> sample.images.describe(temporary));
    assertTrue(error.getMessage().contains("is no image"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"file\" : \"ram-1.bin\"|\"file\" : \"../../etc/passwd\"",
        "\"file\" : \"ram-1.bin\"|\"file\" : \"ram-0.bin\"",
        "\"file\" : \"ram-1.bin\"|\"file\" : \"image.json\"",
        "\"length\" : 65536|\"length\" : 65537",
        "\"length\" : 65536|\"length\" : -4096",
        "\"length\" : 65536|\"length\" : 9223372036854771712",
        "\"length\" : 65536|\"length\" : \"many\"",
        "\"offset\" : 3|\"offset\" : 1000000",
        "\"version\" : 1|\"version\" : 2",
        "godwit-image|other-image",
        "\"instance\" : 7|\"instance\" : -7",
        "2026-01-02T03:04:05Z|yesterday",
        "{|[",
      })
  void shouldRefuseAManifestThatIsNotOurs(String text, String replacement) throws Exception {
    Path manifest = image.resolve("image.json");
    String changed =
        Files.readString(manifest)
            .replaceFirst(Pattern.quote(text), Matcher.quoteReplacement(replacement));
    assertFalse(changed.equals(Files.readString(manifest)), "nothing was replaced");
    Files.writeString(manifest, changed);
    MachineException error =
        assertThrows(MachineException.class, () -> sample.images.open("x", image));
    assertTrue(error.getMessage().contains("image.json"), error.getMessage());
  }

  @Test
  void shouldSayThatTheDiskIsFullAndLeaveNoImage() throws Exception {
    Path disk = Files.createDirectory(temporary.resolve("disk"));
    assumeTrue(mount(disk), "cannot mount a small file system here");
    try {
      IncomingMachine incoming = sample.prepare(disk.resolve("image"));
      incoming.configure(SampleImage.configuration(SampleImage.TYPE));
      RamBlock block = incoming.announce(SampleImage.BLOCKS).getFirst();
      byte[] content = new byte[1 << 20];
      content[0] = 1;
      MachineException error =
          assertThrows(
              MachineException.class,
              () -> {
                for (int i = 0; i < 16; i++) {
                  SampleImage.put(block, (long) i << 20, content, 0, content.length);
                }
              });
      assertTrue(error.getMessage().contains("the disk is full"), error.getMessage());
      incoming.discard();
      try (var left = Files.list(disk)) {
        assertEquals(0, left.count());
      }
    } finally {
      assertEquals(0, run("umount", disk.toString()));
    }
  }

  private ImageDamage only() throws MachineException {
    List<ImageDamage> damages = sample.images.verify(image, WorkListener.NOBODY);
    assertEquals(1, damages.size(), damages.toString());
    return damages.getFirst();
  }

  private void flip(String name, long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.resolve(name).toFile(), "rw")) {
      file.seek(offset);
      int old = file.read();
      file.seek(offset);
      file.write(old ^ 0x10);
    }
  }

  private static boolean mount(Path directory) throws Exception {
    return run("mount", "-t", "tmpfs", "-o", "size=8m", "none", directory.toString()) == 0;
  }

  private static int run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
