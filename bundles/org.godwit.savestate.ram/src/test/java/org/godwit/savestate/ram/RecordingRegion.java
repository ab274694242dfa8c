package org.godwit.savestate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.machine.PageGate;
import org.godwit.api.userfault.UserfaultException;
import org.godwit.api.userfault.UserfaultRegion;

/** A trap that writes down what is placed, and refuses what a test wants. */
final class RecordingRegion implements UserfaultRegion {
  final List<String> calls = new ArrayList<>();

  /** Pages of the next run that are placed before the kernel has no memory left; -1: all. */
  int room = -1;

  /** How often the next placing has to be tried again. */
  int retries;

  /** How it ends then. */
  Resolution end = Resolution.INSTALLED;

  private final GuestMemory memory;

  RecordingRegion(long length, long pageSize) {
    this.memory = new GuestMemory.Foreign(length, length, pageSize);
  }

  @Override
  public GuestMemory memory() {
    return memory;
  }

  @Override
  public void discard(long offset, long length) {
    calls.add("discard " + offset + "+" + length);
  }

  @Override
  public void trap() {
    calls.add("trap");
  }

  @Override
  public Resolution install(long offset, MemorySegment from, long fromOffset, long length)
      throws UserfaultException {
    byte first = from.get(ValueLayout.JAVA_BYTE, fromOffset);
    byte last = from.get(ValueLayout.JAVA_BYTE, fromOffset + length - 1);
    return place("install %d+%d %d..%d".formatted(offset, length, first, last), length);
  }

  @Override
  public Resolution installZero(long offset, long length) throws UserfaultException {
    return place("zero %d+%d".formatted(offset, length), length);
  }

  private Resolution place(String call, long length) throws UserfaultException {
    if (retries > 0) {
      retries--;
      return Resolution.RETRY;
    }
    calls.add(call);
    if (room >= 0) {
      long placed = Math.min(length, room * memory.pageSize());
      room = -1;
      throw new UserfaultException("Page cannot be placed: ENOMEM", new Exception(), placed);
    }
    return end;
  }

  @Override
  public Resolution settle(long offset, long length) {
    calls.add("settle " + offset + "+" + length);
    return Resolution.INSTALLED;
  }

  @Override
  public Optional<PageGate> gate() {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
