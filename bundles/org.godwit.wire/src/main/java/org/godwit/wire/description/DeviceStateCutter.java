package org.godwit.wire.description;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.godwit.wire.Limits;
import org.godwit.wire.SectionType;
import org.godwit.wire.WireException;

/**
 * Separates the device sections of a stream, whose bodies have no visible end (stream-format 7).
 *
 * <p>Takes the bytes from the first FULL section on, in chunks as they arrive, until a complete
 * vmdescription by which all sections can be cut has come; then nothing more need be read. Where
 * the input ends without one, {@link #endOfInput()} looks for footers instead. Keeps all bytes in
 * memory, bounded by the limits. Belongs to the thread that reads the channel.
 */
public final class DeviceStateCutter {

  /** What {@link #offer} needs. */
  public enum Progress {
    /** More bytes, or the end of the input. */
    NEED_MORE,
    /** Nothing: {@link #result()} has everything. */
    COMPLETE
  }

  /** EOF byte, type byte, length, first brace. */
  private static final int MARK = 7;

  private static final int MOST_CANDIDATES = 64;

  private record Candidate(int eof, int json, int end) {}

  private final long base;
  private final boolean footers;
  private final Limits limits;
  private final List<Candidate> candidates = new ArrayList<>();
  private final List<DeviceSection> partial = new ArrayList<>();
  private byte[] bytes = new byte[64 * 1024];
  private int length;
  private int scanned;
  private int tried;
  private int tooLong;
  private int surplus;
  private Optional<DeviceState> result = Optional.empty();

  /**
   * Nothing was received yet.
   *
   * @param offset stream offset of the first byte that will be offered
   * @param footers whether sections of this stream have footers
   * @param limits for the size of device state and description
   */
  public DeviceStateCutter(long offset, boolean footers, Limits limits) {
    this.base = offset;
    this.footers = footers;
    this.limits = limits;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk where they are; copied
   * @param offset first byte
   * @param count number of bytes
   * @return whether the device state is complete
   * @throws WireException when the sections do not fit the description that came with them, or a
   *     limit is exceeded
   */
  public Progress offer(MemorySegment chunk, long offset, int count) throws WireException {
    if (result.isPresent()) {
      throw new IllegalStateException("The device state is complete already.");
    }
    append(chunk, offset, count);
    findCandidates();
    return tryCandidates() ? Progress.COMPLETE : Progress.NEED_MORE;
  }

  /** After {@code COMPLETE}: how many of the bytes offered last lie behind the description. */
  public int surplus() {
    return surplus;
  }

  /** Number of bytes taken so far. */
  public int received() {
    return length;
  }

  /** The sections that were cut out before an error, for showing what was right. */
  public List<DeviceSection> partial() {
    return List.copyOf(partial);
  }

  /**
   * The device state after {@code COMPLETE}.
   *
   * @throws IllegalStateException before that
   */
  public DeviceState result() {
    return result.orElseThrow(() -> new IllegalStateException("Not complete."));
  }

  /**
   * Whether the last bytes look like a footer and the EOF byte. Costs nothing, so that it may be
   * asked after every chunk, however small the sender makes them.
   */
  public boolean endsLikeWhole() {
    int mark = length - 1 - SectionBytes.FOOTER;
    return footers
        && result.isEmpty()
        && mark >= 0
        && bytes[length - 1] == 0
        && bytes[mark] == SectionType.FOOTER.code();
  }

  /**
   * Whether the bytes so far may be all: sections that footers cut, and the EOF byte. A sender with
   * a description goes on at once. Looks at all bytes: to be asked only when no more come for a
   * while.
   */
  public boolean mayBeWhole() {
    return endsLikeWhole() && sectionsEndAt(length - 1);
  }

  /** Whether footers cut all that is before a place into sections. */
  private boolean sectionsEndAt(int eof) {
    try {
      FooterScan scan = new FooterScan(new SectionBytes(bytes, eof + 1, base), 0);
      var _ = scan.sections(new ArrayList<>());
      return scan.position() == eof;
    } catch (WireException e) {
      // in the middle of a section
      return false;
    }
  }

  /**
   * Whether the last byte could be the EOF byte of sections that nothing but a description can cut.
   */
  public boolean cannotTell() {
    return !footers && result.isEmpty() && length > 0 && bytes[length - 1] == 0;
  }

  /**
   * The input has ended without a usable description: cuts by footers.
   *
   * @return the device state
   * @throws WireException when the sections cannot be told apart, or the EOF byte is missing
   */
  public DeviceState endOfInput() throws WireException {
    if (result.isPresent()) {
      return result.get();
    }
    SectionBytes data = new SectionBytes(bytes, length, base);
    if (!footers) {
      throw data.fault(
          0, "device sections without footers and description", "a vmdescription after EOF");
    }
    partial.clear();
    FooterScan scan = new FooterScan(data, 0);
    List<DeviceSection> sections = scan.sections(partial);
    int end = scan.position();
    if (end >= length) {
      throw WireException.truncated(base + length, 1);
    }
    if (data.u8(end) != 0) {
      throw data.fault(end, String.format("byte 0x%02x", data.u8(end)), "a FULL section or EOF");
    }
    DeviceState state =
        new DeviceState(sections, base + end, Optional.empty(), Optional.empty(), warnings(end));
    result = Optional.of(state);
    return state;
  }

  private List<String> warnings(int eof) {
    int behind = length - eof - 1;
    if (behind == 0) {
      return List.of();
    }
    return List.of(
        bytes[eof + 1] == 6
            ? "The vmdescription is cut short or damaged; " + behind + " bytes are ignored."
            : behind + " bytes behind the EOF byte are no vmdescription and are ignored.");
  }

  /**
   * Cuts sections of a known extent, e.g. of a COLO checkpoint or a package.
   *
   * @param bytes sections back to back, the first byte being the type byte of the first one
   * @param offset stream offset of the first byte
   * @param description description of another state of the same devices, where there is one
   * @return the sections; what follows them (EOF, commands) is left out
   * @throws WireException when they cannot be told apart
   */
  public static List<DeviceSection> cut(
      byte[] bytes, long offset, Optional<VmDescription> description) throws WireException {
    SectionBytes data = new SectionBytes(bytes, bytes.length, offset);
    FooterScan scan = new FooterScan(data, 0);
    List<DeviceSection> sections = scan.sections(new ArrayList<>());
    if (description.isPresent()) {
      // Sizes of arrays may differ from the template's; names and instances may not.
      for (DeviceSection section : sections) {
        if (description.get().find(section.idstr(), section.instance()).isEmpty()) {
          throw data.fault(
              (int) (section.offset() - offset),
              "section \"" + section.idstr() + "\" instance " + section.instance(),
              "a device of the initial stream");
        }
      }
    }
    return sections;
  }

  private void append(MemorySegment chunk, long offset, int count) throws WireException {
    long limit = (long) limits.maxDeviceStateBytes() + limits.maxDescriptionBytes();
    if (length + (long) count > Math.min(limit, Integer.MAX_VALUE - 16)) {
      throw WireException.limit(base + length, "device state", length + (long) count, limit);
    }
    if (bytes.length - length < count) {
      long wanted = Math.max(length + (long) count, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 16));
    }
    MemorySegment.copy(chunk, ValueLayout.JAVA_BYTE, offset, bytes, length, count);
    length += count;
  }

  private void findCandidates() throws WireException {
    SectionBytes data = new SectionBytes(bytes, length, base);
    for (; scanned <= length - MARK; scanned++) {
      if (bytes[scanned] == 0 && bytes[scanned + 1] == 6 && bytes[scanned + 6] == '{') {
        remember(data.be32(scanned + 2));
      }
    }
  }

  private void remember(long size) throws WireException {
    if (size > limits.maxDescriptionBytes()) {
      refuseBehindSections(size);
      return;
    }
    if (size < 2) {
      return;
    }
    int json = scanned + MARK - 1;
    if (json + size > Integer.MAX_VALUE - 16) {
      return;
    }
    tried++;
    if (tried > MOST_CANDIDATES) {
      throw new WireException(
          WireException.Kind.DEVICE,
          base + scanned,
          "more than " + MOST_CANDIDATES + " places that look like a vmdescription",
          "one");
    }
    candidates.add(new Candidate(scanned, json, json + (int) size));
  }

  /** Bytes of a device may look like a mark; behind the last section there is no device. */
  private void refuseBehindSections(long size) throws WireException {
    if (footers && tooLong < MOST_CANDIDATES) {
      tooLong++;
      if (sectionsEndAt(scanned)) {
        throw WireException.limit(
            base + scanned + 2, "vmdescription", size, limits.maxDescriptionBytes());
      }
    }
  }

  private boolean tryCandidates() throws WireException {
    Iterator<Candidate> iterator = candidates.iterator();
    while (iterator.hasNext()) {
      Candidate candidate = iterator.next();
      if (candidate.end() <= length) {
        iterator.remove();
        if (accept(candidate)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The description is there, but of no use. */
  private boolean acceptWithout(Candidate candidate) throws WireException {
    partial.clear();
    List<DeviceSection> sections =
        new FooterScan(new SectionBytes(bytes, candidate.eof() + 1, base), 0).sections(partial);
    surplus = length - candidate.end();
    result =
        Optional.of(
            new DeviceState(
                sections,
                base + candidate.eof(),
                Optional.empty(),
                Optional.empty(),
                List.of("The vmdescription is damaged and ignored.")));
    return true;
  }

  private boolean accept(Candidate candidate) throws WireException {
    VmDescription description;
    try {
      description =
          VmDescriptionCodec.parse(
              bytes, candidate.json(), candidate.end() - candidate.json(), base + candidate.json());
    } catch (WireException e) {
      // Bytes of a device that look like the mark, unless no device can follow
      return footers && sectionsEndAt(candidate.eof()) && acceptWithout(candidate);
    }
    SectionBytes data = new SectionBytes(bytes, length, base);
    List<DeviceSection> sections =
        new DescriptionCut(data, description, footers).cut(candidate.eof(), partial);
    surplus = length - candidate.end();
    result =
        Optional.of(
            new DeviceState(
                sections,
                base + candidate.eof(),
                Optional.of(Arrays.copyOfRange(bytes, candidate.json(), candidate.end())),
                Optional.of(description),
                List.of()));
    return true;
  }
}
