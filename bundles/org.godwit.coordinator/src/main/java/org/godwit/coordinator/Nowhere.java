package org.godwit.coordinator;

import java.lang.foreign.MemorySegment;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.GatherList;

/** Takes what a destination has got from an earlier process. Thread-safe. */
final class Nowhere implements Channel {
  @Override
  public boolean bidirectional() {
    return false;
  }

  @Override
  public String peer() {
    return "nowhere";
  }

  @Override
  public void write(GatherList pieces) {
    // it is there already
  }

  @Override
  public int read(MemorySegment into, long offset, long length) {
    return -1;
  }

  @Override
  public void endOutput() {
    // nothing was begun
  }

  @Override
  public void abort(String why) {
    // nothing blocks here
  }

  @Override
  public void close() {
    // nothing is held
  }
}
