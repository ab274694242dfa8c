package org.godwit.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.godwit.api.savestate.DeviceState;
import org.godwit.api.savestate.StateDescription;
import org.godwit.api.savestate.StateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the state of a device must do. Subclass it and give a device with state in it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class DeviceStateContract {
  private static final int MUTATIONS = 500;

  /** Creates the contract. */
  protected DeviceStateContract() {}

  /**
   * A device whose state is not what {@link #blank()} has.
   *
   * @return new object
   */
  protected abstract DeviceState used();

  /**
   * The same device as it is before loading.
   *
   * @return new object
   */
  protected abstract DeviceState blank();

  /**
   * Whether the description lists every byte.
   *
   * @return true unless overridden
   */
  protected boolean describesEveryByte() {
    return true;
  }

  private static byte[] save(DeviceState device) throws Exception {
    BytesWriter out = new BytesWriter();
    device.save(out);
    return out.toByteArray();
  }

  @Test
  final void shouldSaveWhatItLoaded() throws Exception {
    byte[] saved = save(used());
    DeviceState loaded = blank();
    BytesReader in = new BytesReader(saved);
    loaded.load(in, loaded.version());
    assertEquals(0, in.remaining(), "bytes of the body that were not read");
    assertArrayEquals(saved, save(loaded));
  }

  @Test
  final void shouldSaveTheSameBytesTwice() throws Exception {
    DeviceState device = used();
    assertArrayEquals(save(device), save(device), "saving must not change the state");
  }

  @Test
  final void shouldTellAblankDeviceFromAUsedOne() throws Exception {
    assertTrue(!Arrays.equals(save(used()), save(blank())), "the test device has no state in it");
  }

  @Test
  final void shouldLeaveWhatFollowsItsBody() throws Exception {
    byte[] saved = save(used());
    byte[] longer = Arrays.copyOf(saved, saved.length + 16);
    BytesReader in = new BytesReader(longer);
    DeviceState device = blank();
    device.load(in, device.version());
    assertEquals(16, in.remaining());
  }

  @Test
  final void shouldDescribeExactlyWhatItWrites() throws Exception {
    BytesWriter out = new BytesWriter();
    StateDescription description = used().save(out);
    if (describesEveryByte()) {
      assertEquals(out.position(), described(description));
    }
  }

  private static long described(StateDescription description) {
    long bytes = 0;
    for (StateDescription.Field field : description.fields()) {
      bytes += field.size() * field.arrayLength();
    }
    for (StateDescription subsection : description.subsections()) {
      // marker, length and name, version precede the fields of a subsection
      bytes += 1 + 1 + subsection.name().length() + 4 + described(subsection);
    }
    return bytes;
  }

  @Test
  final void shouldHaveAnOrderlyKeyAndVersions() {
    DeviceState device = used();
    assertEquals(blank().key(), device.key());
    assertTrue(device.minimumVersion() >= 0);
    assertTrue(device.minimumVersion() <= device.version());
  }

  @Test
  final void shouldRefuseABodyThatIsCutAnywhere() throws Exception {
    byte[] saved = save(used());
    for (int length = 0; length < saved.length; length++) {
      BytesReader cut = new BytesReader(Arrays.copyOf(saved, length));
      assertTrue(!loads(cut), "loaded a body of " + length + " of " + saved.length + " bytes");
    }
  }

  @Test
  final void shouldLoadOrRefuseDamagedBodies() throws Exception {
    byte[] saved = save(used());
    Random random = new Random(42);
    int loaded = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = saved.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      loaded += loads(new BytesReader(damaged)) ? 1 : 0; // any other exception fails the test
    }
    assertTrue(loaded <= MUTATIONS);
  }

  private boolean loads(BytesReader in) {
    DeviceState device = blank();
    try {
      device.load(in, device.version());
      return true;
    } catch (StateException | IOException refused) {
      return false;
    }
  }
}
