package org.godwit.benchmarks;

import java.io.IOException;

/** One end of a migration under measurement: a process. */
interface End extends AutoCloseable {

  /** What the process has cost since the migration began. */
  Figures.Side cost() throws IOException;

  @Override
  void close();

  /** The end that sends. */
  interface Source extends End {
    /** Migrates; returns milliseconds and bytes when the arrival is proved. */
    Sent migrate(String uri) throws IOException, InterruptedException;
  }

  /** The end that receives. */
  interface Destination extends End {
    /** Waits until the guest is whole there. */
    void awaitArrival() throws IOException, InterruptedException;
  }

  /**
   * What a source says at the end.
   *
   * @param milliseconds total time
   * @param bytes bytes sent
   */
  record Sent(double milliseconds, long bytes) {}
}
