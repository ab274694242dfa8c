package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.godwit.api.machine.FirstPages;
import org.godwit.api.machine.FirstPages.Lesson;
import org.godwit.api.machine.FirstPages.Restore;
import org.godwit.api.machine.Machine;
import org.godwit.api.machine.WorkListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnedPagesTest {
  @TempDir Path temporary;

  private final SampleImage sample = new SampleImage();

  @BeforeEach
  void receive() throws Exception {
    sample.receive(directory()).close();
  }

  private Path directory() {
    return temporary.resolve("image");
  }

  private Path file() {
    return directory().resolve("first-pages.bin");
  }

  private static BitSet pages(int... numbers) {
    BitSet set = new BitSet();
    for (int number : numbers) {
      set.set(number);
    }
    return set;
  }

  private Lesson learn(Restore restore) throws Exception {
    try (Machine machine = sample.images.open("learned", directory())) {
      FirstPages memory = (FirstPages) machine;
      assertEquals(Optional.empty(), memory.lesson());
      memory.learn(restore);
      return memory.lesson().orElseThrow();
    }
  }

  private Map<String, BitSet> known() throws Exception {
    try (Machine machine = sample.images.open("knowing", directory())) {
      return ((FirstPages) machine).known();
    }
  }

  private static Restore restore(long prefetched, long requests, int... numbers) {
    return new Restore(prefetched, requests, Map.of("pc.ram", pages(numbers)));
  }

  @Test
  void shouldMergeWhatRestoresShow() throws Exception {
    assertEquals(Map.of(), known());
    assertEquals(new Lesson(1, 0, 3, 3, Optional.empty()), learn(restore(0, 3, 1, 700, 10_239)));
    assertEquals(Map.of("pc.ram", pages(1, 700, 10_239)), known());
    Lesson second = learn(new Restore(3, 1, Map.of("/rom@../../etc/passwd", pages(15))));
    assertEquals(new Lesson(2, 3, 1, 3, Optional.empty()), second);
    assertEquals(2, second.saved());
    assertEquals(
        Map.of("pc.ram", pages(1, 700, 10_239), "/rom@../../etc/passwd", pages(15)), known());
    assertEquals(List.of(), sample.images.verify(directory(), WorkListener.NOBODY));
  }

  @Test
  void shouldLoseNothingOfRestoresAtOnce() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int number = i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      learn(restore(0, 1, number));
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(Map.of("pc.ram", pages(0, 1, 2, 3, 4, 5, 6, 7)), known());
    assertEquals(9, learn(restore(8, 0)).restores());
  }

  @Test
  void shouldTakeADamagedFileForNone() throws Exception {
    Lesson _ = learn(restore(0, 3, 1, 2, 3));
    byte[] good = Files.readAllBytes(file());
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      Files.write(file(), bad);
      assertEquals(Map.of(), known(), "byte " + i);
      Files.write(file(), java.util.Arrays.copyOf(good, i));
      assertEquals(Map.of(), known(), "cut at " + i);
    }
    Files.write(file(), new byte[1 << 20]);
    assertEquals(Map.of(), known());
    assertEquals(1, learn(restore(0, 1, 4)).restores());
    assertEquals(Map.of("pc.ram", pages(4)), known());
  }

  @Test
  void shouldNotBelieveTheFileOfAnotherImage() throws Exception {
    Lesson _ = learn(restore(0, 3, 1, 2, 3));
    Manifest other = ManifestReader.read(directory());
    byte[] moved =
        LearnedFile.NONE
            .with(restore(0, 1, 5))
            .bytes(
                new Manifest(
                    other.machineType(),
                    other.traits(),
                    other.pageBits(),
                    other.capabilities(),
                    other.uuid(),
                    other.runState(),
                    other.created().plusMillis(1),
                    other.blocks(),
                    other.sections(),
                    other.description()));
    Files.write(file(), moved);
    assertEquals(Map.of(), known());
  }

  @Test
  void shouldSayWhyNothingCanBeLearned() throws Exception {
    // a directory in the way of the lock, as no permission stops the superuser
    Files.createDirectory(directory().resolve("first-pages.lock"));
    Lesson lesson = learn(restore(0, 3, 1, 2, 3));
    assertTrue(lesson.obstacle().orElseThrow().contains("first-pages"), lesson::toString);
    assertEquals(3, lesson.requests());
    assertEquals(Map.of(), known());
  }
}
