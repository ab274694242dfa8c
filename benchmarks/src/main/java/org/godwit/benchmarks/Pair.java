package org.godwit.benchmarks;

/** Who sends and who receives. */
enum Pair {
  /** The reference. */
  QEMU_QEMU("QEMU → QEMU"),
  /** A QEMU guest into an image. */
  QEMU_GODWIT("QEMU → Godwit"),
  /** An image into a QEMU. */
  GODWIT_QEMU("Godwit → QEMU"),
  /** An image into an image. */
  GODWIT_GODWIT("Godwit → Godwit");

  private final String title;

  Pair(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  boolean fromQemu() {
    return this == QEMU_QEMU || this == QEMU_GODWIT;
  }

  boolean toQemu() {
    return this == QEMU_QEMU || this == GODWIT_QEMU;
  }
}
