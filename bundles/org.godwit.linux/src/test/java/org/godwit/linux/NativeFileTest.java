package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFileTest {
  @TempDir Path directory;

  @Test
  void shouldReadBackWhatItWroteAtPositions() throws Exception {
    Path path = directory.resolve("file");
    try (NativeFile file = NativeFile.open(path, NativeFile.Mode.NEW);
        Arena arena = Arena.ofConfined()) {
      file.writeFully(arena.allocateFrom("world"), 0, 5, 5);
      Iovecs iovecs = Iovecs.allocate(arena, 2);
      MemorySegment hello = arena.allocateFrom("hello");
      iovecs.set(0, hello, 0, 2);
      iovecs.set(1, hello, 2, 3);
      file.writev(iovecs, 2, 0);
      file.sync();
      MemorySegment buffer = arena.allocate(20);
      assertEquals(10, file.readFully(buffer, 0, 20, 0));
      iovecs.set(0, buffer, 12, 4);
      assertEquals(4, file.readv(iovecs, 0, 1, 1));
      assertEquals("ello", buffer.getString(12));
    }
    assertEquals("helloworld", Files.readString(path));
  }

  @Test
  void shouldRefuseToReplaceAnExistingFile() throws Exception {
    Path path = Files.writeString(directory.resolve("there"), "x");
    LinuxException e =
        assertThrows(
            LinuxException.class, () -> NativeFile.open(path, NativeFile.Mode.NEW).close());
    assertEquals(Errno.EEXIST, e.errno());
    assertEquals("x", Files.readString(path));
  }

  @Test
  void shouldFindDataAndHoles() throws Exception {
    try (NativeFile file = NativeFile.memory("test", 1 << 20);
        Arena arena = Arena.ofConfined()) {
      assertEquals(OptionalLong.empty(), file.seekData(0));
      file.writeFully(arena.allocateFrom(ValueLayout.JAVA_LONG, 1), 0, 8, 8 * 4096);
      assertEquals(OptionalLong.of(8 * 4096), file.seekData(0));
      assertEquals(9 * 4096, file.seekHole(8 * 4096));
      file.punchHole(8 * 4096, 4096);
      assertEquals(OptionalLong.empty(), file.seekData(0));
      assertEquals(1 << 20, file.size());
    }
  }

  @Test
  void shouldSayThatThereIsNoSpace() throws Exception {
    Path full = Path.of("/dev/full");
    try (NativeFile file = NativeFile.open(full, Set.of(NativeFile.Mode.WRITE));
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(8);
      LinuxException e = assertThrows(LinuxException.class, () -> file.writeFully(data, 0, 8, 0));
      assertEquals(Errno.ENOSPC, e.errno());
    }
  }

  @Test
  void shouldGrowWhenSpaceIsReserved() throws Exception {
    try (NativeFile file = NativeFile.open(directory.resolve("f"), NativeFile.Mode.NEW)) {
      file.allocate(0, 1 << 16);
      assertEquals(1 << 16, file.size());
      file.truncate(10);
      assertEquals(10, file.size());
    }
  }
}
