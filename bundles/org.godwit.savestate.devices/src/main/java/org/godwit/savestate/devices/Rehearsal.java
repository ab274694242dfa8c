package org.godwit.savestate.devices;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.Limits;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.description.DeviceState;
import org.godwit.wire.description.DeviceStateCutter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts a made-up device state once, on a thread of its own, while the container waits for work: the
 * first cut loads some hundred classes, and in a migration the guest stands still meanwhile.
 */
final class Rehearsal implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final String IDSTR = "rehearsal";
  private static final String DESCRIPTION =
      """
      {"configuration": {"vmsd_name": "configuration", "version": 1, "fields": []},
       "page_size": 4096,
       "devices": [{"name": "rehearsal", "instance_id": 0, "vmsd_name": "rehearsal", "version": 1,
         "fields": [{"name": "value", "type": "uint32", "size": 4}]}]}
      """;

  /**
   * Begins, and tells the thread, which ends soon and by itself; whoever needs the classes earlier
   * loads them itself.
   */
  static Thread start() {
    return Thread.ofPlatform().name("godwit-rehearsal").daemon().start(new Rehearsal());
  }

  @Override
  public void run() {
    try {
      var _ = cut();
    } catch (IOException | RuntimeException e) {
      // only the first migration's downtime depends on it
      LOG.debug("The rehearsal failed", e);
    }
  }

  /** Writes a device and its description, and cuts them. */
  static DeviceState cut() throws IOException {
    BufferOutput stream = new BufferOutput();
    StreamWriter writer = new StreamWriter(stream, true);
    writer.full(1, IDSTR, 0, 1);
    stream.be32(1);
    writer.footer(1);
    writer.endOfStream();
    writer.description(DESCRIPTION.getBytes(StandardCharsets.UTF_8));
    MemorySegment bytes = stream.written();
    DeviceStateCutter cutter = new DeviceStateCutter(0, true, Limits.DEFAULT);
    DeviceStateCutter.Progress progress = cutter.offer(bytes, 0, (int) bytes.byteSize());
    if (progress != DeviceStateCutter.Progress.COMPLETE) {
      throw new IOException("The cut did not come to its end.");
    }
    return cutter.result();
  }
}
