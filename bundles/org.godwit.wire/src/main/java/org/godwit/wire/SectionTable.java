package org.godwit.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The iterable sections announced so far on a stream: section id to name (stream-format 3.3). It
 * outlives a connection, because a recovery stream uses the ids of the first one (8.5). Belongs to
 * the thread that reads the stream.
 */
public final class SectionTable {

  private final Map<Long, StreamItem.SectionHeader> started = new HashMap<>();

  /** An empty table. */
  public SectionTable() {}

  /**
   * The START that bound an id.
   *
   * @param id section id
   */
  public Optional<StreamItem.SectionHeader> find(long id) {
    return Optional.ofNullable(started.get(id));
  }

  /** Number of announced sections. */
  public int size() {
    return started.size();
  }

  void start(StreamItem.SectionHeader header, int limit) throws WireException {
    if (started.containsKey(header.id())) {
      throw new WireException(
          WireException.Kind.SECTION_ORDER,
          header.offset(),
          "a second START of section id " + header.id(),
          "one START for each id");
    }
    if (started.size() >= limit) {
      throw WireException.limit(header.offset(), "number of sections", started.size() + 1L, limit);
    }
    started.put(header.id(), header);
  }
}
