package org.godwit.benchmarks;

/** Who sends and who receives. */
enum Pair {
  /** The reference. */
  QEMU_QEMU("QEMU → QEMU", Kind.QEMU, Kind.QEMU),
  /** A QEMU guest into an image. */
  QEMU_GODWIT("QEMU → Godwit", Kind.QEMU, Kind.COMMAND),
  /** An image into a QEMU. */
  GODWIT_QEMU("Godwit → QEMU", Kind.COMMAND, Kind.QEMU),
  /** An image into an image. */
  GODWIT_GODWIT("Godwit → Godwit", Kind.COMMAND, Kind.COMMAND),
  /** A QEMU guest into an image of a container that has received before. */
  QEMU_NODE("QEMU → Godwit, warm", Kind.QEMU, Kind.NODE),
  /** An image into a QEMU, from a container that has sent before. */
  NODE_QEMU("Godwit, warm → QEMU", Kind.NODE, Kind.QEMU),
  /** An image into an image, between two containers that did so before. */
  NODE_NODE("Godwit → Godwit, both warm", Kind.NODE, Kind.NODE);

  /** What an end is. */
  enum Kind {
    /** A QEMU process. */
    QEMU,
    /** A Godwit command in a process of its own: a cold JVM. */
    COMMAND,
    /** A container that lives on from migration to migration. */
    NODE
  }

  private final String title;
  private final Kind source;
  private final Kind destination;

  Pair(String title, Kind source, Kind destination) {
    this.title = title;
    this.source = source;
    this.destination = destination;
  }

  String title() {
    return title;
  }

  Kind source() {
    return source;
  }

  Kind destination() {
    return destination;
  }
}
