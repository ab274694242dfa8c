package org.godwit.it.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.godwit.api.migration.Migration;
import org.godwit.api.migration.MigrationOutcome;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;
import org.godwit.it.EngineContainer;
import org.godwit.linux.Pipe;
import org.godwit.linux.StreamSocket;
import org.godwit.machine.qemu.QemuCommand;
import org.godwit.tck.TestAuthority;

/** Ways between a QEMU and Godwit, each in both directions. */
enum QemuRoute {
  /** A socket file of either side. */
  UNIX(true) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      String uri = "unix:" + trip.directory().resolve("godwit.sock");
      return trip.steps().into(source, trip.receive(uri));
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      trip.steps().outTo(destination);
    }
  },

  /** Commands at both ends, with a named pipe between them. */
  EXEC(false) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      Path pipe = trip.pipe("into");
      return trip.steps().into(source, trip.receive("exec:cat " + pipe), "exec:cat > " + pipe);
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      Path pipe = trip.pipe("out");
      destination.migration().incoming("exec:cat " + pipe);
      trip.steps().arrived(destination, trip.steps().send("exec:cat > " + pipe));
    }
  },

  /** A file, which is read when it is whole; QEMU 7.2 needs a command for it. */
  FILE(false) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      Path file = trip.directory().resolve("from-qemu");
      source.migration().parameter("max-bandwidth", 1L << 40);
      source.migration().migrate(knowsFiles(source) ? "file:" + file : "exec:cat > " + file);
      assertEquals("completed", source.migration().awaitEnd(TestGuest.LIMIT).status());
      return trip.steps().received(source, trip.receive("file:" + file));
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      Path file = trip.directory().resolve("from-godwit");
      MigrationOutcome outcome = trip.steps().send("file:" + file);
      destination.migration().incoming((knowsFiles(destination) ? "file:" : "exec:cat ") + file);
      trip.steps().arrived(destination, outcome);
    }
  },

  /** A socket that QEMU was given, and Godwit as well. */
  FD_SOCKET(true) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      source.migration().capability("return-path", true);
      StreamSocket.Pair sockets = StreamSocket.pair();
      try (StreamSocket theirs = sockets.second();
          PassedDescriptors passed = PassedDescriptors.to(trip.directory())) {
        Migration incoming = trip.receive(trip.handedOver("socket-in", sockets.first()));
        passed.use(theirs.descriptor(), "migrate");
        theirs.descriptor().close();
        return trip.steps().received(source, incoming);
      }
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      destination.migration().capability("return-path", true);
      StreamSocket.Pair sockets = StreamSocket.pair();
      try (StreamSocket theirs = sockets.second();
          PassedDescriptors passed = PassedDescriptors.to(trip.directory())) {
        passed.use(theirs.descriptor(), "migrate-incoming");
        theirs.descriptor().close();
        String uri = trip.handedOver("socket-out", sockets.first());
        trip.steps().arrived(destination, trip.steps().send(uri));
      }
    }

    @Override
    QemuCommand prepare(QemuCommand command, Trip trip, boolean waiting) {
      return command.with(PassedDescriptors.arguments(trip.directory()));
    }
  },

  /** A pipe whose one end QEMU was given, and Godwit the other. */
  FD_PIPE(false) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      try (Pipe pipe = Pipe.open();
          PassedDescriptors passed = PassedDescriptors.to(trip.directory())) {
        trip.engine().handOver("pipe-in", PassedDescriptors.copy(pipe.reader()));
        Migration incoming = trip.receive("fd:pipe-in");
        passed.use(pipe.writer(), "migrate");
        pipe.writer().close();
        return trip.steps().received(source, incoming);
      }
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      try (Pipe pipe = Pipe.open();
          PassedDescriptors passed = PassedDescriptors.to(trip.directory())) {
        passed.use(pipe.reader(), "migrate-incoming");
        trip.engine().handOver("pipe-out", PassedDescriptors.copy(pipe.writer()));
        pipe.writer().close();
        trip.steps().arrived(destination, trip.steps().send("fd:pipe-out"));
      }
    }

    @Override
    QemuCommand prepare(QemuCommand command, Trip trip, boolean waiting) {
      return command.with(PassedDescriptors.arguments(trip.directory()));
    }
  },

  /** TCP under TLS with certificates of both sides. */
  TLS(true) {
    @Override
    String into(Trip trip, TestGuest source) throws Exception {
      source.migration().parameter("tls-creds", "tls0");
      Migration incoming = trip.steps().receive("tcp:127.0.0.1:0", secured(trip), Map.of());
      String address = incoming.endpoint().address();
      return trip.steps().into(source, incoming, "tcp:" + address);
    }

    @Override
    void outTo(Trip trip, TestGuest destination) throws Exception {
      destination.migration().capability("return-path", true);
      destination.migration().parameter("tls-creds", "tls0");
      destination.migration().incoming("tcp:127.0.0.1:0");
      String port = destination.migration().addresses().getFirst().path("port").asText();
      trip.steps().arrived(destination, trip.steps().send("tcp:127.0.0.1:" + port, secured(trip)));
    }

    private Settings secured(Trip trip) {
      return trip.steps().settings().with(Parameter.TLS_CREDS, credentials(trip).toString());
    }

    private Path credentials(Trip trip) {
      return trip.directory().resolve("credentials");
    }

    @Override
    QemuCommand prepare(QemuCommand command, Trip trip, boolean waiting) throws Exception {
      Path directory = credentials(trip);
      if (Files.notExists(directory)) {
        Path authority = Files.createDirectory(trip.directory().resolve("authority"));
        Path _ = new TestAuthority(authority).issueBoth(directory, "ip:127.0.0.1");
      }
      String role = waiting ? "server" : "client";
      return command.with(
          "-object",
          "tls-creds-x509,id=tls0,verify-peer=on,endpoint=" + role + ",dir=" + directory);
    }
  };

  /**
   * The move that a route carries.
   *
   * @param engine Godwit
   * @param steps the moves into the image and out of it, with their checks
   * @param directory for sockets and files
   */
  record Trip(EngineContainer engine, QemuImageRoundTrip steps, Path directory) {
    Migration receive(String uri) throws Exception {
      return steps.receive(uri, steps.settings(), Map.of());
    }

    Path pipe(String name) throws Exception {
      Path pipe = directory.resolve(name);
      assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
      return pipe;
    }

    String handedOver(String name, StreamSocket socket) throws Exception {
      engine.handOver(name, PassedDescriptors.copy(socket.descriptor()));
      socket.close(); // its end must be seen when the container closes the copy
      return "fd:" + name;
    }
  }

  private final boolean bothWays;

  QemuRoute(boolean bothWays) {
    this.bothWays = bothWays;
  }

  /** Whether it carries a return path. */
  boolean bothWays() {
    return bothWays;
  }

  /** Moves a guest into the image; gives what it wrote until then. */
  abstract String into(Trip trip, TestGuest source) throws Exception;

  /** Moves it on to a QEMU that waits. */
  abstract void outTo(Trip trip, TestGuest destination) throws Exception;

  /** Adds to a QEMU's command what the route needs there. */
  QemuCommand prepare(QemuCommand command, Trip trip, boolean waiting) throws Exception {
    return command;
  }

  private static boolean knowsFiles(TestGuest guest) {
    return guest.qemu().qmp().version().atLeast(8, 2);
  }
}
