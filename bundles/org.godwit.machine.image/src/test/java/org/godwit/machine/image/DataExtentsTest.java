package org.godwit.machine.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataExtentsTest {
  private static final long LENGTH = 1 << 20;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void writeTwoExtents() throws Exception {
    file = folder.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(LENGTH);
      write(sparse, 0x10000, 0x2000);
      write(sparse, 0x80000, 0x1000);
    }
  }

  private static void write(RandomAccessFile file, long at, int length) throws Exception {
    file.seek(at);
    file.write(new byte[length]);
  }

  @Test
  void shouldSkipHolesAndStayWithinExtents() throws Exception {
    DataExtents data = DataExtents.of(file, LENGTH);
    assertEquals(0x10000, data.next(0, LENGTH));
    assertEquals(0x10000, data.next(0x10000, LENGTH));
    assertEquals(0x11000, data.next(0x11000, LENGTH));
    assertEquals(0x80000, data.next(0x12000, LENGTH));
    assertEquals(LENGTH, data.next(0x81000, LENGTH));
  }

  @Test
  void shouldSkipAllOfAFileThatIsOneHole() throws Exception {
    Path hole = folder.resolve("hole");
    try (RandomAccessFile sparse = new RandomAccessFile(hole.toFile(), "rw")) {
      sparse.setLength(LENGTH);
    }
    assertEquals(LENGTH, DataExtents.of(hole, LENGTH).next(0, LENGTH));
  }
}
