package org.godwit.machine.qemu;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the QMP monitor of a QEMU.
 *
 * <p>Thread-safe: any number of threads may execute commands at once; answers find their way by id.
 * Two threads belong to a connection: {@code qmp-reader} reads messages and completes commands,
 * {@code qmp-events} calls listeners. Both end when the connection is closed from either side.
 */
public final class QmpConnection implements AutoCloseable {
  /** How long a command may take unless told otherwise. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(QmpConnection.class);

  private final ObjectMapper json =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  private final ReadableByteChannel in;
  private final WritableByteChannel out;
  private final Object writing = new Object();
  private final AtomicLong lastId = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final CompletableFuture<QemuVersion> greeting = new CompletableFuture<>();
  private final CompletableFuture<Throwable> end = new CompletableFuture<>();
  private final EventDispatch events = new EventDispatch();
  private final Duration timeout;

  private QmpConnection(ReadableByteChannel in, WritableByteChannel out, Duration timeout) {
    this.in = in;
    this.out = out;
    this.timeout = timeout;
  }

  /**
   * Connects to a monitor on a Unix socket and negotiates capabilities.
   *
   * @param socket path of the socket
   * @param timeout limit for the greeting and for every command without its own limit
   * @return a connection ready for commands
   * @throws IOException if nobody listens there, or what listens is no QMP monitor
   */
  public static QmpConnection connect(Path socket, Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    return over(channel, channel, timeout);
  }

  /**
   * Talks to a monitor on the standard input and output of a process ({@code -qmp stdio}).
   *
   * @param process a running QEMU
   * @param timeout limit for the greeting and for every command without its own limit
   * @return a connection ready for commands
   * @throws IOException if the process is no QMP monitor
   */
  public static QmpConnection stdio(Process process, Duration timeout) throws IOException {
    return over(
        Channels.newChannel(process.getInputStream()),
        Channels.newChannel(process.getOutputStream()),
        timeout);
  }

  /**
   * Talks over any pair of channels; the connection owns and closes them.
   *
   * @param in what QEMU says
   * @param out what QEMU hears
   * @param timeout limit for the greeting and for every command without its own limit
   * @return a connection ready for commands
   * @throws IOException if the other end is no QMP monitor
   */
  public static QmpConnection over(
      ReadableByteChannel in, WritableByteChannel out, Duration timeout) throws IOException {
    QmpConnection connection = new QmpConnection(in, out, timeout);
    connection.start();
    try {
      connection.await(connection.greeting, "greeting", timeout);
      connection.execute("qmp_capabilities");
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Release of the QEMU at the other end.
   *
   * @return version from the greeting
   */
  public QemuVersion version() {
    return greeting.join();
  }

  /**
   * Executes a command without arguments.
   *
   * @param command name, for example {@code query-status}
   * @return its result, an empty object for most commands that change something
   * @throws QmpException if QEMU refuses it, does not answer in time, or is gone
   */
  public JsonNode execute(String command) throws QmpException {
    return execute(command, Map.of());
  }

  /**
   * Executes a command.
   *
   * @param command name
   * @param arguments arguments: anything that Jackson makes a JSON object of
   * @return its result
   * @throws QmpException if QEMU refuses it, does not answer in time, or is gone
   */
  public JsonNode execute(String command, Object arguments) throws QmpException {
    return execute(command, arguments, timeout);
  }

  /**
   * Executes a command with a time limit of its own.
   *
   * @param command name
   * @param arguments arguments: anything that Jackson makes a JSON object of
   * @param limit how long to wait
   * @return its result
   * @throws QmpException if QEMU refuses it, does not answer in time, or is gone
   */
  public JsonNode execute(String command, Object arguments, Duration limit) throws QmpException {
    long id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    try {
      send(request(command, arguments, id));
      return result(command, await(answer, "answer to " + command, limit));
    } finally {
      waiting.remove(id);
    }
  }

  /**
   * Executes a command and binds its result.
   *
   * @param command name
   * @param arguments arguments: anything that Jackson makes a JSON object of
   * @param type type of the result; fields it does not have are ignored
   * @param <T> type of the result
   * @return its result
   * @throws QmpException if QEMU refuses it, does not answer in time, or is gone
   * @throws IllegalArgumentException if the result is not of that type
   */
  public <T> T execute(String command, Object arguments, TypeReference<T> type)
      throws QmpException {
    return json.convertValue(execute(command, arguments), type);
  }

  /**
   * Adds a listener for events from now on.
   *
   * @param listener listener; hears {@link QmpListener#closed()} at once if the connection is gone
   * @return removes the listener when closed
   */
  public Registration listen(QmpListener listener) {
    events.add(listener);
    return () -> events.remove(listener);
  }

  /**
   * Whether the connection stands.
   *
   * @return false after either side closed it
   */
  public boolean isOpen() {
    return !end.isDone();
  }

  /** Closes the connection; commands that wait fail. QEMU itself goes on. */
  @Override
  public void close() {
    finish(new IOException("The connection was closed here"));
  }

  /** Removes a listener. */
  public interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  private void start() {
    events.start("qmp-events");
    // a platform thread: reading a pipe would hold the carrier of a virtual one
    Thread.ofPlatform().daemon().name("qmp-reader").start(this::read);
  }

  private void read() {
    try {
      MessageReader messages = new MessageReader(in, json);
      while (isOpen()) {
        take(messages.next());
      }
    } catch (IOException | RuntimeException e) {
      finish(e);
    }
  }

  private void take(JsonNode message) {
    if (message.has("event")) {
      events.offer(QmpEvent.of(message, json.createObjectNode()));
    } else if (message.has("QMP")) {
      greeting.complete(QemuVersion.of(message));
    } else {
      CompletableFuture<JsonNode> answer = waiting.get(message.path("id").asLong());
      if (answer == null) {
        LOG.debug("An answer came too late: {}", message);
      } else {
        answer.complete(message);
      }
    }
  }

  private void finish(Throwable why) {
    if (!end.complete(why)) {
      return;
    }
    closeQuietly(in);
    closeQuietly(out);
    greeting.completeExceptionally(why);
    waiting.values().forEach(answer -> answer.completeExceptionally(why));
    events.end();
  }

  private static void closeQuietly(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("Closing a QMP channel failed", e);
    }
  }

  private byte[] request(String command, Object arguments, long id) {
    ObjectNode request = json.createObjectNode();
    request.put("execute", command);
    JsonNode tree = json.valueToTree(arguments);
    if (!tree.isObject()) {
      throw new IllegalArgumentException("Arguments of " + command + " are no object: " + tree);
    }
    if (!tree.isEmpty()) {
      request.set("arguments", tree);
    }
    request.put("id", id);
    return (request + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private void send(byte[] request) throws QmpClosedException {
    if (end.isDone()) {
      throw new QmpClosedException("The connection to QEMU is gone", end.join());
    }
    try {
      synchronized (writing) {
        ByteBuffer bytes = ByteBuffer.wrap(request);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
    } catch (IOException e) {
      finish(e);
      throw new QmpClosedException("The connection to QEMU broke", e);
    }
  }

  private <T> T await(CompletableFuture<T> what, String name, Duration limit) throws QmpException {
    try {
      return what.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new QmpTimeoutException(name, limit);
    } catch (ExecutionException e) {
      throw new QmpClosedException(
          "QEMU gave no " + name + ": the connection ended", end.getNow(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QmpClosedException("The wait for the " + name + " of QEMU was interrupted", e);
    }
  }

  private static JsonNode result(String command, JsonNode answer) throws QmpErrorException {
    JsonNode error = answer.path("error");
    if (!error.isMissingNode()) {
      throw new QmpErrorException(
          command, error.path("class").asText(), error.path("desc").asText());
    }
    return answer.path("return");
  }
}
