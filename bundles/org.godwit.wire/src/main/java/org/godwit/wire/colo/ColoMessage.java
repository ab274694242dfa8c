package org.godwit.wire.colo;

import java.io.IOException;
import org.godwit.wire.WireException;
import org.godwit.wire.WireInput;
import org.godwit.wire.WireOutput;

/** A COLO message: a 32 bit number without frame (colo 3). */
public enum ColoMessage {
  /** The secondary runs. */
  CHECKPOINT_READY(0),
  /** The primary asks for a checkpoint. */
  CHECKPOINT_REQUEST(1),
  /** The secondary has stopped its guest. */
  CHECKPOINT_REPLY(2),
  /** The live part follows: sections up to EOF. */
  VMSTATE_SEND(3),
  /** A be64 size and so many bytes of device sections follow. */
  VMSTATE_SIZE(4),
  /** The secondary has the whole checkpoint. */
  VMSTATE_RECEIVED(5),
  /** The secondary has loaded the checkpoint and runs again. */
  VMSTATE_LOADED(6);

  private final int code;

  ColoMessage(int code) {
    this.code = code;
  }

  /** Number on the wire. */
  public int code() {
    return code;
  }

  /**
   * Reads one message.
   *
   * @param in input
   * @return the message
   * @throws WireException of kind {@code COLO} when there is no such message
   * @throws IOException when the input ends or fails
   */
  public static ColoMessage read(WireInput in) throws IOException {
    long offset = in.position();
    long code = in.be32();
    for (ColoMessage message : values()) {
      if (message.code == code) {
        return message;
      }
    }
    throw new WireException(
        WireException.Kind.COLO, offset, "COLO message " + code, "a message from 0 to 6");
  }

  /**
   * Reads the size behind {@link #VMSTATE_SIZE}.
   *
   * @param in input
   * @param limit largest size accepted, bytes
   * @return the size, bytes
   * @throws IOException when the size exceeds the limit, or the input ends or fails
   */
  public static int readSize(WireInput in, int limit) throws IOException {
    long offset = in.position();
    long size = in.be64();
    if (Long.compareUnsigned(size, limit) > 0) {
      throw WireException.limit(offset, "a COLO device state", size, limit);
    }
    return (int) size;
  }

  /**
   * Writes this message; after {@link #VMSTATE_SIZE} the caller writes the be64 size.
   *
   * @param out output
   * @throws IOException when the output fails
   */
  public void write(WireOutput out) throws IOException {
    out.be32(code());
  }
}
