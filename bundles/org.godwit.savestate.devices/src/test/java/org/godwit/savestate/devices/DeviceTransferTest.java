package org.godwit.savestate.devices;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.DeviceLoading;
import org.godwit.api.machine.RunState;
import org.godwit.api.savestate.DeviceLoader;
import org.godwit.api.savestate.DeviceSaver;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.SectionKey;
import org.godwit.api.savestate.StateException;
import org.godwit.api.savestate.StateReader;
import org.godwit.tck.BytesReader;
import org.godwit.tck.BytesWriter;
import org.godwit.wire.BufferOutput;
import org.godwit.wire.StreamWriter;
import org.godwit.wire.WireException;
import org.godwit.wire.description.VmDescription;
import org.godwit.wire.description.VmDescriptionCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Device sections from a saver through their bytes into a loader. */
class DeviceTransferTest {
  private final DevicesProvider provider = new DevicesProvider();
  private final StillMachine source = new StillMachine(12);
  private final StillMachine target = new StillMachine(0);

  private DeviceLoader known() {
    return provider.incoming(target.incoming(new DeviceLoading.Known(target.devices())));
  }

  private DeviceLoader recording() {
    return provider.incoming(target.incoming(new DeviceLoading.Recorded(target)));
  }

  /** All sections, EOF, the description and what follows it. */
  private static byte[] stream(DeviceSaver saver, boolean described, String behind)
      throws Exception {
    BufferOutput out = new BufferOutput();
    StreamWriter stream = new StreamWriter(out);
    long id = 5;
    for (DeviceState device : saver.devices()) {
      stream.full(id, device.key().idstr(), device.key().instance(), device.version());
      BytesWriter body = new BytesWriter();
      saver.save(device, body);
      byte[] bytes = body.toByteArray();
      out.bytes(MemorySegment.ofArray(bytes), 0, bytes.length);
      stream.footer(id++);
    }
    stream.endOfStream();
    if (described) {
      stream.description(saver.description().orElseThrow().getBytes(StandardCharsets.UTF_8));
    }
    byte[] more = behind.getBytes(StandardCharsets.US_ASCII);
    out.bytes(MemorySegment.ofArray(more), 0, more.length);
    return out.toByteArray();
  }

  @Test
  void shouldSaveGlobalStateLastWithTheRunStateOfTheSwitchover() throws Exception {
    DeviceSaver saver = provider.outgoing(source);
    DeviceState last = saver.devices().getLast();
    assertEquals(new SectionKey("globalstate", 0), last.key());
    BytesWriter body = new BytesWriter();
    saver.save(last, body);
    assertEquals(104, body.toByteArray().length);
    DeviceLoader loader = known();
    assertEquals(RunState.RUNNING, loader.sourceRunState(), "a stream that does not tell");
    source.runState = RunState.PAUSED;
    BytesWriter paused = new BytesWriter();
    saver.save(last, paused);
    loader.load(last.key(), 1, new BytesReader(paused.toByteArray()));
    assertEquals(RunState.PAUSED, loader.sourceRunState());
  }

  @Test
  void shouldDescribeExactlyWhatItWrote() throws Exception {
    DeviceSaver saver = provider.outgoing(source);
    stream(saver, false, "");
    byte[] json = saver.description().orElseThrow().getBytes(StandardCharsets.UTF_8);
    VmDescription description = VmDescriptionCodec.parse(json, 0);
    assertEquals(
        List.of(22L, 22L, 104L),
        description.devices().stream().map(device -> device.bodySize()).toList());
  }

  @Test
  void shouldLoadAnOlderVersionWithoutItsNewerField() throws Exception {
    BytesWriter body = new BytesWriter();
    body.be16(99);
    body.bytes(MemorySegment.ofArray(new byte[16]), 0, 16);
    known().load(new SectionKey("uart", 0), 2, new BytesReader(body.toByteArray()));
    assertEquals(99, target.divider);
    assertEquals(-1, target.timeout);
  }

  @Test
  void shouldRefuseUnknownDevicesAndVersions() {
    assertRefused("uart", 2, 3, "uart/2");
    assertRefused("fdc", 0, 1, "fdc/0");
    assertRefused("uart", 0, 4, "version 4");
    assertRefused("uart", 0, 1, "version 1");
  }

  private void assertRefused(String idstr, int instance, int version, String says) {
    StateException refused =
        assertThrows(
            StateException.class,
            () ->
                known()
                    .load(new SectionKey(idstr, instance), version, new BytesReader(new byte[64])));
    assertEquals(StateException.Fault.PEER, refused.fault());
    assertTrue(refused.getMessage().contains(says), refused::getMessage);
    assertTrue(refused.getMessage().contains("byte offset 0"), refused::getMessage);
  }

  @Test
  void shouldRecordSectionsAndReadNotABytePastTheDescription() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), true, "PING");
    BytesReader in = new BytesReader(bytes);
    DeviceLoader loader = recording();
    loader.loadRest(in);
    assertEquals(4, in.remaining());
    assertEquals(List.of("uart/0 v3 22", "uart/1 v3 22", "globalstate/0 v1 104"), target.recorded);
    assertEquals(RunState.RUNNING, loader.sourceRunState());
    assertTrue(target.description.orElseThrow().contains("\"uart\""));
  }

  @Test
  void shouldRecordSectionsWithoutADescription() throws Exception {
    source.runState = RunState.PAUSED;
    DeviceLoader loader = recording();
    loader.loadRest(new BytesReader(stream(provider.outgoing(source), false, "")));
    assertEquals(3, target.recorded.size());
    assertEquals(RunState.PAUSED, loader.sourceRunState());
    assertEquals(Optional.empty(), target.description);
  }

  /**
   * Nothing tells its length; its own footer and what follows do, even if bytes in it look alike.
   */
  @Test
  void shouldCutAnEarlySectionAtItsFooter() throws Exception {
    byte[] body = {0x7E, 0, 0, 0, 9, 4, 0x7E, 0, 0, 0, 8, 0x55, 0x7E};
    byte[] recorded = early(body, true, 0x01);
    assertArrayEquals(body, recorded);
    assertArrayEquals(new byte[0], early(new byte[0], true, 0x04));
  }

  @Test
  void shouldRefuseAnEarlySectionWithoutAFooter() {
    StateException refused =
        assertThrows(StateException.class, () -> early(new byte[3], false, 0x01));
    assertEquals(StateException.Fault.PEER, refused.fault());
    assertTrue(refused.getMessage().contains("uart/7"), refused::getMessage);
    assertThrows(IOException.class, () -> early(new byte[3], true, 0x55), "no section follows");
  }

  /** A cut that the description contradicts is wrong: the image would be another guest. */
  @Test
  void shouldRefuseAnEarlySectionOfAnotherSizeThanDescribed() throws Exception {
    DeviceLoader loader = recording();
    SectionKey key = new SectionKey("uart", 0);
    loader.loadEarly(key, 3, 8, new BytesReader(withFooter(new byte[21], 0x01)));
    byte[] rest = stream(provider.outgoing(source), true, "");
    StateException refused =
        assertThrows(StateException.class, () -> loader.loadRest(new BytesReader(rest)));
    assertTrue(refused.getMessage().contains("21 bytes"), refused::getMessage);
  }

  private byte[] early(byte[] body, boolean footers, int next) throws Exception {
    RecordingLoader loader = new RecordingLoader(target, footers, () -> false);
    BytesReader in = new BytesReader(withFooter(body, next));
    loader.loadEarly(new SectionKey("uart", 7), 1, 8, in);
    assertEquals(6, in.remaining(), "the footer is left");
    return target.early;
  }

  private static byte[] withFooter(byte[] body, int next) {
    byte[] all = Arrays.copyOf(body, body.length + 6);
    all[body.length] = 0x7E;
    all[body.length + 4] = 8;
    all[body.length + 5] = (byte) next;
    return all;
  }

  @Test
  void shouldNotWaitForADescriptionOfASourceThatWaitsForUs() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), false, "");
    new RecordingLoader(target, true, () -> true).loadRest(quietAfter(bytes));
    assertEquals(3, target.recorded.size());
    assertEquals(Optional.empty(), target.description);
  }

  @Test
  void shouldRefuseASourceThatWaitsForUsAndHasNeitherFootersNorDescription() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), false, "");
    RecordingLoader loader = new RecordingLoader(target, false, () -> true);
    StateException refused =
        assertThrows(StateException.class, () -> loader.loadRest(quietAfter(bytes)));
    assertEquals(StateException.Fault.PEER, refused.fault());
    assertTrue(refused.getMessage().contains("suppress-vmdesc"), refused.getMessage());
    assertEquals(List.of(), target.recorded, "nothing half-made");
  }

  @Test
  void shouldNotWaitForTheEndOfADescriptionThatIsTooLong() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), false, "\u0006\u007f\u007f\u007f\u007f{");
    RecordingLoader loader = new RecordingLoader(target, true, () -> true);
    assertThrows(WireException.class, () -> loader.loadRest(quietAfter(bytes)));
    assertEquals(List.of(), target.recorded, "nothing half-made");
  }

  @Test
  void shouldNotWaitBehindADamagedDescription() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), false, "\u0006\0\0\0\u0003{x}");
    new RecordingLoader(target, true, () -> true).loadRest(quietAfter(bytes));
    assertEquals(3, target.recorded.size());
    assertEquals(Optional.empty(), target.description);
  }

  /** Each segment ends like a whole state, and the next one is there already. */
  @Test
  @Timeout(120)
  void shouldNotLookAtEverythingAgainForEverySmallSegment() throws Exception {
    byte[] head = {4, 0, 0, 0, 2, 1, 'x', 0, 0, 0, 0, 0, 0, 0, 1};
    byte[] segment = {0x7E, 0, 0, 0, 3, 0};
    int segments = 500_000;
    ByteBuffer bytes = ByteBuffer.allocate(head.length + segments * segment.length).put(head);
    for (int i = 0; i < segments; i++) {
      bytes.put(segment);
    }
    RecordingLoader loader = new RecordingLoader(target, true, () -> true);
    StateReader small = inSegments(bytes.array(), segment.length);
    assertThrows(WireException.class, () -> loader.loadRest(small));
  }

  private static StateReader inSegments(byte[] bytes, int size) {
    BytesReader in = new BytesReader(bytes);
    return (StateReader)
        Proxy.newProxyInstance(
            StateReader.class.getClassLoader(),
            new Class<?>[] {StateReader.class},
            (proxy, method, arguments) ->
                method.getName().equals("available")
                    ? (Object) Math.min(size, in.available())
                    : method.invoke(in, arguments));
  }

  /** A live connection that says no more; an unlimited wait for it would never end. */
  private static StateReader quietAfter(byte[] bytes) {
    BytesReader in = new BytesReader(bytes);
    return (StateReader)
        Proxy.newProxyInstance(
            StateReader.class.getClassLoader(),
            new Class<?>[] {StateReader.class},
            (proxy, method, arguments) -> {
              boolean wait = method.getName().equals("waitForMore");
              if (!wait || in.remaining() > 0) {
                return method.invoke(in, arguments);
              }
              if (arguments == null) {
                throw new AssertionError("waits for ever");
              }
              return StateReader.Wait.QUIET;
            });
  }

  @Test
  void shouldRefuseAStreamThatEndsInADevice() throws Exception {
    byte[] bytes = stream(provider.outgoing(source), false, "");
    byte[] cut = java.util.Arrays.copyOf(bytes, 60);
    assertThrows(WireException.class, () -> recording().loadRest(new BytesReader(cut)));
    assertEquals(List.of(), target.recorded, "nothing half-made");
  }

  @Test
  void shouldPutGlobalStateWhereARecordedDescriptionHasIt() {
    source.description =
        Optional.of(
            "{\"page_size\": 4096, \"devices\": ["
                + entry("uart", 0)
                + ", "
                + entry("globalstate", 0)
                + ", "
                + entry("uart", 1)
                + "]}");
    DeviceSaver saver = provider.outgoing(source);
    assertEquals(
        List.of("uart/0", "globalstate/0", "uart/1"),
        saver.devices().stream().map(device -> device.key().toString()).toList());
    assertEquals(source.description, saver.description());
  }

  @Test
  void shouldNotAddGlobalStateWhereARecordedDescriptionHasNone() {
    source.description =
        Optional.of("{\"page_size\": 4096, \"devices\": [" + entry("uart", 0) + "]}");
    assertEquals(2, provider.outgoing(source).devices().size());
  }

  private static String entry(String name, int instance) {
    return "{\"name\": \"%s\", \"instance_id\": %d, \"vmsd_name\": \"x\", \"version\": 1, \"fields\": []}"
        .formatted(name, instance);
  }
}
