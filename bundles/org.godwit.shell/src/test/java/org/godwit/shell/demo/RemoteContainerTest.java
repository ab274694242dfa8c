package org.godwit.shell.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RemoteContainerTest {
  @Test
  void shouldTellABusyContainerByASignalToEnd() {
    Recorded process = new Recorded("");
    try (RemoteContainer container = new RemoteContainer("busy", process)) {
      assertThrows(IOException.class, () -> container.run("machine-list"));
    }
    assertEquals(List.of("end of input", "terminate", "wait", "kill"), process.calls);
  }

  @Test
  void shouldTellAContainerThatStillStartsByASignalToEnd() {
    Recorded process = new Recorded("");
    new RemoteContainer("new", process).close();
    assertEquals(List.of("end of input", "terminate", "wait", "kill"), process.calls);
  }

  @Test
  void shouldEndAnIdleContainerByTheEndOfItsInput() throws Exception {
    Recorded process = new Recorded("{\"status\":0,\"out\":\"none\"}\n");
    try (RemoteContainer container = new RemoteContainer("idle", process)) {
      assertEquals("none", container.run("machine-list"));
    }
    assertEquals(List.of("end of input", "wait", "kill"), process.calls);
  }

  /** Writes down what is done to it. */
  private static final class Recorded extends Process {
    final List<String> calls = new ArrayList<>();
    private final String answers;

    Recorded(String answers) {
      this.answers = answers;
    }

    @Override
    public OutputStream getOutputStream() {
      return new OutputStream() {
        @Override
        public void write(int value) {
          // no command is looked at
        }

        @Override
        public void close() {
          calls.add("end of input");
        }
      };
    }

    @Override
    public InputStream getInputStream() {
      return new ByteArrayInputStream(answers.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public int waitFor() {
      return 0;
    }

    @Override
    public boolean waitFor(long time, TimeUnit unit) {
      calls.add("wait");
      return true;
    }

    @Override
    public int exitValue() {
      return 0;
    }

    @Override
    public void destroy() {
      calls.add("terminate");
    }

    @Override
    public Process destroyForcibly() {
      calls.add("kill");
      return this;
    }
  }
}
