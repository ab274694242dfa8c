package org.godwit.wire.multifd;

import java.io.IOException;
import java.util.UUID;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.WireOutput;

/**
 * First message of a multifd channel, 64 bytes (precopy-engine 7.2). Immutable.
 *
 * @param uuid UUID of the machine, zeros when it has none; a receiver compares it with its own
 * @param id number of the channel, 0 to 255
 */
public record MultifdHello(UUID uuid, int id) {

  /** Bytes on the wire. */
  public static final int BYTES = 64;

  /** First word of the message and of each packet. */
  public static final long MAGIC = 0x11223344L;

  /** The only version there is. */
  public static final long VERSION = 1;

  private static final int RESERVED = 39;

  /**
   * Reads the message.
   *
   * @param in the channel
   * @param channels number of channels agreed on; ids are below it
   * @return the message
   * @throws WireException of kind {@code MULTIFD} when it is malformed
   * @throws IOException when the input ends or fails
   */
  public static MultifdHello read(WireInput in, int channels) throws IOException {
    long offset = in.position();
    MultifdPacketReader.checkMagic(offset, in.be32(), in.be32());
    UUID uuid = new UUID(in.be64(), in.be64());
    int id = in.u8();
    if (id >= channels) {
      throw new WireException(
          WireException.Kind.MULTIFD, offset + 24, "channel id " + id, "0 to " + (channels - 1));
    }
    in.skip(RESERVED);
    return new MultifdHello(uuid, id);
  }

  /**
   * Writes the message.
   *
   * @param out the channel
   * @throws IOException when the output fails
   */
  public void write(WireOutput out) throws IOException {
    out.be32(MAGIC);
    out.be32(VERSION);
    out.be64(uuid.getMostSignificantBits());
    out.be64(uuid.getLeastSignificantBits());
    out.u8(id);
    for (int i = 0; i < RESERVED; i++) {
      out.u8(0);
    }
  }
}
