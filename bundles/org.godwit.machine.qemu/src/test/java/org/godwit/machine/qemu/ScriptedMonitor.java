package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The other end of a QMP connection, played by the test. */
final class ScriptedMonitor implements AutoCloseable {
  static final String GREETING =
      "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10},"
          + " \"package\": \"test\"}, \"capabilities\": [\"oob\"]}}";

  private final ObjectMapper json = new ObjectMapper();
  private final Pipe toClient = Pipe.open();
  private final Pipe fromClient = Pipe.open();
  private final BufferedReader heard =
      new BufferedReader(Channels.newReader(fromClient.source(), StandardCharsets.UTF_8));

  ScriptedMonitor() throws IOException {}

  /** Says a line to the client. */
  void say(String line) throws IOException {
    toClient.sink().write(ByteBuffer.wrap((line + "\r\n").getBytes(StandardCharsets.UTF_8)));
  }

  /** The next command of the client. */
  JsonNode hear() throws IOException {
    return json.readTree(heard.readLine());
  }

  void answer(JsonNode command, String result) throws IOException {
    say("{\"return\": " + result + ", \"id\": " + command.path("id") + "}");
  }

  void refuse(JsonNode command, String errorClass, String description) throws IOException {
    String error = "{\"class\": \"" + errorClass + "\", \"desc\": \"" + description + "\"}";
    say("{\"error\": " + error + ", \"id\": " + command.path("id") + "}");
  }

  /** Connects a client; greeting and negotiation are played. */
  QmpConnection connect(Duration timeout) throws IOException, InterruptedException {
    Thread negotiation = Thread.ofPlatform().start(this::negotiate);
    QmpConnection client = QmpConnection.over(toClient.source(), fromClient.sink(), timeout);
    negotiation.join();
    return client;
  }

  /** Connects without playing anything. */
  QmpConnection connectToSilence(Duration timeout) throws IOException {
    return QmpConnection.over(toClient.source(), fromClient.sink(), timeout);
  }

  @Override
  public void close() throws IOException {
    toClient.sink().close();
  }

  private void negotiate() {
    try {
      say(GREETING);
      answer(hear(), "{}");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
