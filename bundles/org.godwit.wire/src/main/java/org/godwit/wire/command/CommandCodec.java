package org.godwit.wire.command;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.wire.CountedStrings;
import org.godwit.wire.Limits;
import org.godwit.wire.Peek;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.WireOutput;

/** Reads and writes commands after their type byte (commands-and-return-path 1). Stateless. */
public final class CommandCodec {

  private static final int RANGE_BYTES = 16;

  private CommandCodec() {}

  /**
   * Reads one command.
   *
   * @param in input, after the type byte 0x08
   * @param limits for the size of a package
   * @return the command
   * @throws WireException of kind {@code COMMAND} when it is unknown or malformed
   * @throws IOException when the input ends or fails
   */
  public static Command read(WireInput in, Limits limits) throws IOException {
    long offset = in.position();
    int code = in.be16();
    int length = in.be16();
    return switch (code) {
      case 1 -> fixed(offset, length, 0, new Command.OpenReturnPath());
      case 2 -> ping(in, offset, length);
      case 3 -> advise(in, offset, length);
      case 4 -> fixed(offset, length, 0, new Command.PostcopyListen());
      case 5 -> fixed(offset, length, 0, new Command.PostcopyRun());
      case 6 -> discard(in, offset, length);
      case 7 -> packaged(in, offset, length, limits);
      case 8 -> fixed(offset, length, 0, new Command.EnableColo());
      case 9 -> fixed(offset, length, 0, new Command.PostcopyResume());
      case 10 -> recvBitmap(in, offset, length);
      case 11 -> fixed(offset, length, 0, new Command.SwitchoverStart());
      default -> throw fault(offset, "command number " + code, "1 to 11");
    };
  }

  private static Command fixed(long offset, int length, int expected, Command command)
      throws WireException {
    if (length != expected) {
      throw fault(offset, command.wireName() + " with length " + length, "length " + expected);
    }
    return command;
  }

  private static Command ping(WireInput in, long offset, int length) throws IOException {
    fixed(offset, length, 4, new Command.Ping(0));
    return new Command.Ping(in.be32());
  }

  private static Command advise(WireInput in, long offset, int length) throws IOException {
    if (length == 0) {
      return new Command.PostcopyAdvise(Optional.empty());
    }
    if (length != 16) {
      throw fault(offset, "POSTCOPY_ADVISE with length " + length, "length 16 or 0");
    }
    return new Command.PostcopyAdvise(Optional.of(new Command.PageSizes(in.be64(), in.be64())));
  }

  private static Command packaged(WireInput in, long offset, int length, Limits limits)
      throws IOException {
    fixed(offset, length, 4, new Command.Packaged(1));
    long size = in.be32();
    if (size == 0) {
      throw fault(offset, "PACKAGED of size 0", "size 1 or more");
    }
    if (size > limits.maxPackageBytes()) {
      throw WireException.limit(offset, "a package size", size, limits.maxPackageBytes());
    }
    return new Command.Packaged(size);
  }

  private static Command recvBitmap(WireInput in, long offset, int length) throws IOException {
    int nameLength = length == 0 ? 0 : in.u8();
    if (length != 1 + nameLength) {
      throw fault(
          offset, "RECV_BITMAP with length " + length, "1 plus the length of the block name");
    }
    return new Command.RecvBitmap(Peek.string(in, nameLength));
  }

  private static Command discard(WireInput in, long offset, int length) throws IOException {
    if (length < 3 + RANGE_BYTES) {
      throw fault(offset, "POSTCOPY_RAM_DISCARD with length " + length, "at least 19");
    }
    int version = in.u8();
    if (version != 0) {
      throw fault(offset, "POSTCOPY_RAM_DISCARD of version " + version, "version 0");
    }
    int nameLength = in.u8();
    int rest = length - 3 - nameLength;
    if (rest < RANGE_BYTES || rest % RANGE_BYTES != 0) {
      throw fault(
          offset,
          "POSTCOPY_RAM_DISCARD with " + rest + " bytes of ranges",
          "a positive multiple of 16");
    }
    String block = Peek.string(in, nameLength);
    if (in.u8() != 0) {
      throw fault(offset, "POSTCOPY_RAM_DISCARD whose block name is not ended", "a byte 0");
    }
    return new Command.PostcopyRamDiscard(block, ranges(in, rest / RANGE_BYTES));
  }

  private static List<Command.Range> ranges(WireInput in, int count) throws IOException {
    List<Command.Range> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ranges.add(new Command.Range(in.be64(), in.be64()));
    }
    return ranges;
  }

  /**
   * Writes one command after its type byte.
   *
   * @param out output
   * @param command the command
   * @throws IOException when the output fails
   */
  public static void write(WireOutput out, Command command) throws IOException {
    out.be16(command.code());
    switch (command) {
      case Command.Ping ping -> number(out, ping.value());
      case Command.Packaged packaged -> number(out, packaged.size());
      case Command.PostcopyAdvise advise -> writeAdvise(out, advise);
      case Command.PostcopyRamDiscard discard -> writeDiscard(out, discard);
      case Command.RecvBitmap bitmap -> {
        out.be16(1 + bitmap.block().length());
        out.countedString(bitmap.block());
      }
      case Command.OpenReturnPath c -> out.be16(0);
      case Command.PostcopyListen c -> out.be16(0);
      case Command.PostcopyRun c -> out.be16(0);
      case Command.EnableColo c -> out.be16(0);
      case Command.PostcopyResume c -> out.be16(0);
      case Command.SwitchoverStart c -> out.be16(0);
    }
  }

  private static void number(WireOutput out, long value) throws IOException {
    out.be16(4);
    out.be32(value);
  }

  private static void writeAdvise(WireOutput out, Command.PostcopyAdvise advise)
      throws IOException {
    if (advise.pageSizes().isEmpty()) {
      out.be16(0);
      return;
    }
    out.be16(16);
    out.be64(advise.pageSizes().get().summary());
    out.be64(advise.pageSizes().get().targetPage());
  }

  private static void writeDiscard(WireOutput out, Command.PostcopyRamDiscard discard)
      throws IOException {
    byte[] name = CountedStrings.encode(discard.block());
    out.be16(3 + name.length + RANGE_BYTES * discard.ranges().size());
    out.u8(0);
    out.u8(name.length);
    out.bytes(MemorySegment.ofArray(name), 0, name.length);
    out.u8(0);
    for (Command.Range range : discard.ranges()) {
      out.be64(range.start());
      out.be64(range.length());
    }
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.COMMAND, offset, found, allowed);
  }
}
