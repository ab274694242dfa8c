package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.godwit.api.machine.MachineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartialDirectoryTest {
  @TempDir Path temporary;

  /** The new name may be lost with the next power cut: what was not promised must not be there. */
  @Test
  void shouldTakeTheNameBackWhenItCannotBeBroughtToTheDisk() throws Exception {
    Path target = temporary.resolve("image");
    Set<Path> receiving = ConcurrentHashMap.newKeySet();
    PartialDirectory directory =
        PartialDirectory.create(
            target,
            receiving,
            parent -> {
              assertTrue(Files.exists(target), "after the rename");
              throw new IOException("no space for the entry");
            });
    Path _ = Files.writeString(directory.path().resolve("ram-0.bin"), "page");

    IOException refused = assertThrows(IOException.class, directory::publish);

    assertEquals("no space for the entry", refused.getMessage());
    assertFalse(Files.exists(target), "looks like an image");
    assertTrue(Files.exists(directory.path().resolve("ram-0.bin")));
    directory.remove();
    assertFalse(Files.exists(directory.path()), "nothing is left of it");
    assertEquals(Set.of(), receiving);
    PartialDirectory again = PartialDirectory.create(target, receiving);
    again.publish();
    again.release();
    assertTrue(Files.exists(target));
  }

  @ParameterizedTest
  @CsvSource({"file/image,Not a directory", "none/image,does not exist", "'',exists"})
  void shouldSayWhyItCannotBeMade(String name, String reason) throws Exception {
    Path _ = Files.writeString(temporary.resolve("file"), "no directory");
    Path target = temporary.resolve(name);

    MachineException refused =
        assertThrows(
            MachineException.class,
            () -> PartialDirectory.create(target, ConcurrentHashMap.newKeySet()));

    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    assertFalse(refused.getMessage().contains("Exception"), refused.getMessage());
  }
}
