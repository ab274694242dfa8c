package org.godwit.it.relay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.godwit.wire.walk.StreamWalker;

/**
 * Stands between the two ends of a migration. Each connection of the migration is a {@link Leg} of
 * its own, over Unix sockets: what a broken one has taken still arrives.
 */
public final class Relay implements AutoCloseable {
  private final Path folder;
  private final List<Leg> legs = new ArrayList<>();
  // guarded by this; what the first connection announced
  private Optional<StreamWalker> first = Optional.empty();

  /** A relay with its sockets in a folder. */
  public Relay(Path folder) {
    this.folder = folder;
  }

  /**
   * Where the source is to connect instead of the destination.
   *
   * @param target {@code unix:} URI of the destination, which may begin to listen later
   * @param cut where the link breaks, if it shall
   */
  public Leg leg(String target, Optional<Cut> cut) throws IOException {
    Path socket = folder.resolve("relay" + legs.size());
    Leg leg = new Leg(this, socket, Path.of(target.substring("unix:".length())), cut);
    legs.add(leg);
    return leg;
  }

  synchronized Optional<StreamWalker> first() {
    return first;
  }

  synchronized void first(StreamWalker walker) {
    first = Optional.of(walker);
  }

  @Override
  public void close() {
    legs.forEach(Leg::close);
    first.ifPresent(StreamWalker::close);
  }
}
