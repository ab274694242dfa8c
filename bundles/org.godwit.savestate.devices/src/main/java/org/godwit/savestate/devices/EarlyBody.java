package org.godwit.savestate.devices;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateException.Fault;
import org.godwit.api.savestate.StateReader;
import org.godwit.wire.SectionType;

/**
 * Body of an unknown section in front of the live state. Nothing tells its length there: it ends
 * where its own footer is, followed by the begin of another section. Belongs to the receiving
 * thread.
 */
final class EarlyBody {
  private static final int FOOTER = 5;
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final StateReader in;
  private final long id;
  private final int longest;

  /**
   * Prepares to read.
   *
   * @param in the body
   * @param id section id
   * @param longest bytes to take at the most
   */
  EarlyBody(StateReader in, long id, int longest) {
    this.in = in;
    this.id = id;
    this.longest = longest;
  }

  /** Takes it; its footer is the next thing to read. */
  byte[] read() throws IOException, StateException {
    long begin = in.position();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (!atFooter()) {
      if (body.size() == longest) {
        throw new StateException(
            Fault.PEER,
            "The section at byte offset %d, before the memory, has no footer within %d bytes."
                .formatted(begin, longest));
      }
      body.write(in.u8());
    }
    return body.toByteArray();
  }

  private boolean atFooter() throws IOException {
    in.require(FOOTER + 1);
    MemorySegment next = in.buffer();
    long at = in.bufferOffset();
    return code(next, at) == SectionType.FOOTER.code()
        && next.get(BE32, at + 1) == (int) id
        && begins(code(next, at + FOOTER));
  }

  private static boolean begins(int code) {
    return code == SectionType.START.code()
        || code == SectionType.FULL.code()
        || code == SectionType.COMMAND.code();
  }

  private static int code(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }
}
