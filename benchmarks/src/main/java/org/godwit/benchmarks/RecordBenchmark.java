package org.godwit.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.godwit.wire.StagedInput;
import org.godwit.wire.ram.RamBlockEntry;
import org.godwit.wire.ram.RamBlockList;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.ram.RamRecordWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Encoding and decoding of RAM page records; one operation is one record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RecordBenchmark {
  private static final int PAGE = 4096;
  private static final int PAGES = 4096;

  /** Kind of the records. */
  @Param({"zero", "page"})
  private String kind = "zero";

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate((long) PAGES * PAGE, PAGE);
  private final MemorySegment target = arena.allocate((long) PAGES * PAGE, PAGE);
  private final RamBlockList blocks =
      new RamBlockList(List.of(RamBlockEntry.of("pc.ram", (long) PAGES * PAGE)));
  private final SegmentOutput out =
      new SegmentOutput(arena.allocate((long) PAGES * (PAGE + 16) + 64));

  /** Writes the records once, so that decoding has something to read. */
  @Setup(Level.Trial)
  public void prepare() throws IOException {
    memory.fill((byte) 0x5A);
    target.fill((byte) 0);
    write();
  }

  /** Releases the memory. */
  @TearDown(Level.Trial)
  public void release() {
    arena.close();
  }

  /**
   * Writes the records; page data go by reference, as in a gathering write.
   *
   * @return bytes written
   */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public long encode() throws IOException {
    out.copyReferences(false);
    return writeRecords();
  }

  /**
   * Reads the records; page data are copied to their place.
   *
   * @return number of records
   */
  @Benchmark
  @OperationsPerInvocation(PAGES)
  public int decode() throws IOException {
    StagedInput in = StagedInput.over(out.written(), 0);
    int records = 0;
    try (RamRecordReader reader = new RamRecordReader(in, RamFormat.DEFAULT, blocks)) {
      for (RamRecordKind k = reader.next(); k != RamRecordKind.EOS; k = reader.next()) {
        if (k == RamRecordKind.PAGE) {
          reader.copyPage(target, reader.offset());
        }
        records++;
      }
    }
    return records;
  }

  private void write() throws IOException {
    out.copyReferences(true);
    long _ = writeRecords();
  }

  private long writeRecords() throws IOException {
    out.rewind();
    RamRecordWriter writer = new RamRecordWriter(out, PAGE, blocks);
    boolean zero = kind.equals("zero");
    for (int page = 0; page < PAGES; page++) {
      long offset = (long) page * PAGE;
      if (zero) {
        writer.zeroPage(0, offset);
      } else {
        writer.page(0, offset, memory, offset);
      }
    }
    writer.endOfSection();
    return out.position();
  }
}
