package org.godwit.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Cuts a QMP byte stream into messages, one JSON object a line. Used by one thread. */
final class MessageReader {
  /** No answer of QEMU is near this size; a peer that sends more without a line end is none. */
  static final int MAX_LINE = 16 << 20;

  private final ReadableByteChannel in;
  private final ObjectMapper json;
  private final ByteBuffer chunk = ByteBuffer.allocate(1 << 16).flip();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  MessageReader(ReadableByteChannel in, ObjectMapper json) {
    this.in = in;
    this.json = json;
  }

  /** The next message; throws {@link EOFException} at the end of the stream. */
  JsonNode next() throws IOException {
    while (true) {
      while (!takeLine()) {
        fill();
      }
      byte[] text = line.toByteArray();
      line.reset();
      JsonNode message = json.readTree(text);
      if (message != null && message.isObject()) {
        return message;
      }
    }
  }

  private void fill() throws IOException {
    chunk.clear();
    int count = in.read(chunk);
    chunk.flip();
    if (count < 0) {
      throw new EOFException("QEMU closed the connection");
    }
  }

  /** Moves bytes into the line; true if the line is complete. */
  private boolean takeLine() throws IOException {
    while (chunk.hasRemaining()) {
      byte next = chunk.get();
      if (next == '\n') {
        return true;
      }
      line.write(next);
      if (line.size() > MAX_LINE) {
        throw new IOException("The peer sent " + MAX_LINE + " bytes without a line end");
      }
    }
    return false;
  }
}
