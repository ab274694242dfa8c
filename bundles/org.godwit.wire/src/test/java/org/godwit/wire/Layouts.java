package org.godwit.wire;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Big-endian access for tests. */
final class Layouts {

  static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Layouts() {}
}
