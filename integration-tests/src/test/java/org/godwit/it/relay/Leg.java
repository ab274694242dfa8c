package org.godwit.it.relay;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.godwit.wire.Limits;
import org.godwit.wire.ReaderOptions;
import org.godwit.wire.StagedInput;
import org.godwit.wire.ram.RamFormat;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathReader;
import org.godwit.wire.walk.StreamWalker;

/** One connection over a {@link Relay}: held up where the cut is due, until {@link #breakLink}. */
public final class Leg {
  private static final long LIMIT_SECONDS = 60;
  private static final int STAGING = 1 << 16;

  private final Relay relay;
  private final Path socket;
  private final Path target;
  private final Optional<Cut> cut;
  private final ServerSocketChannel door;
  private final CompletableFuture<Void> reached = new CompletableFuture<>();
  private final CountDownLatch broken = new CountDownLatch(1);
  // guarded by this
  private Optional<SocketChannel> source = Optional.empty();
  private Optional<SocketChannel> destination = Optional.empty();
  private boolean closed;
  private final Set<String> answers = new LinkedHashSet<>();

  Leg(Relay relay, Path socket, Path target, Optional<Cut> cut) throws IOException {
    this.relay = relay;
    this.socket = socket;
    this.target = target;
    this.cut = cut;
    this.door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    ServerSocketChannel _ = door.bind(UnixDomainSocketAddress.of(socket));
    start("relay-door", this::accept);
  }

  /** Where the source connects. */
  public String uri() {
    return "unix:" + socket;
  }

  /** Waits until everything before the cut has passed. */
  public void awaitCut() throws InterruptedException {
    try {
      Object _ = reached.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("The stream has no place " + cut, e);
    }
  }

  /** Breaks the link: nothing passes any more, in both directions. */
  public void breakLink() {
    close();
  }

  private interface Work {
    void run() throws IOException;
  }

  private void start(String name, Work work) {
    var _ =
        Thread.ofPlatform()
            .name(name)
            .daemon()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (IOException | RuntimeException e) {
                    boolean _ = reached.completeExceptionally(e);
                  }
                });
  }

  private void accept() throws IOException {
    SocketChannel in = door.accept();
    SocketChannel out = SocketChannel.open(UnixDomainSocketAddress.of(target));
    synchronized (this) {
      source = Optional.of(in);
      destination = Optional.of(out);
    }
    if (isClosed()) {
      close();
    }
    start("relay-answers", () -> answers(new Passage(out, in)));
    forward(new Passage(in, out));
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private Place place(boolean answer) {
    return new Place(cut.filter(c -> c.answer() == answer), reached, broken);
  }

  private void forward(Passage passage) throws IOException {
    StagedInput in = new StagedInput(passage, MemorySegment.ofArray(new byte[STAGING]));
    boolean again = relay.first().isPresent();
    ForwardItems items = new ForwardItems(in, passage, place(false), again);
    // closed with the relay: a later connection goes on with what it has learned
    StreamWalker walker = walker(in, items);
    try {
      walker.walk();
      ended(false);
    } finally {
      passage.end();
    }
  }

  private void ended(boolean answer) {
    if (cut.filter(c -> c.answer() == answer).isPresent()) {
      boolean _ = reached.completeExceptionally(new IOException("The stream ended."));
    }
  }

  private StreamWalker walker(StagedInput in, ForwardItems items) {
    ReaderOptions options = ReaderOptions.DEFAULT;
    Optional<StreamWalker> first = relay.first();
    if (first.isPresent()) {
      return new StreamWalker(in, options.forRecovery(), RamFormat.DEFAULT, items, first.get());
    }
    StreamWalker walker = StreamWalker.observing(in, options, RamFormat.DEFAULT, items);
    relay.first(walker);
    return walker;
  }

  private void answers(Passage passage) throws IOException {
    StagedInput in = new StagedInput(passage, MemorySegment.ofArray(new byte[STAGING]));
    ReturnPathReader reader = new ReturnPathReader(in, Limits.DEFAULT);
    Place place = place(true);
    try {
      long begin = in.position();
      Optional<ReturnPathMessage> message = reader.next();
      while (message.isPresent()) {
        String name = name(message.get());
        place.item(passage, name, begin, in.position());
        answered(name);
        begin = in.position();
        message = reader.next();
      }
      ended(true);
    } finally {
      passage.end();
    }
  }

  private synchronized void answered(String name) {
    boolean _ = answers.add(name);
    notifyAll();
  }

  /** Waits until an item of the return path has passed, which must come before the cut. */
  public synchronized void awaitAnswer(String name) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!answers.contains(name)) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("No " + name + " but " + answers);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  private static String name(ReturnPathMessage message) {
    return switch (message) {
      case ReturnPathMessage.Pong(long value) -> "PONG " + value;
      case ReturnPathMessage.ReqPagesId _, ReturnPathMessage.ReqPages _ -> "REQ_PAGES";
      default -> message.wireName();
    };
  }

  void close() {
    Optional<SocketChannel> one;
    Optional<SocketChannel> other;
    synchronized (this) {
      closed = true;
      one = source;
      other = destination;
    }
    try {
      door.close();
      if (one.isPresent()) {
        one.get().close();
      }
      if (other.isPresent()) {
        other.get().close();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    broken.countDown();
  }
}
