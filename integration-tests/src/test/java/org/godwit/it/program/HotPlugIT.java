package org.godwit.it.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The worked example of a foreign transport, dropped into the load folder of a running node. */
@Timeout(180)
class HotPlugIT {
  private static final String BUNDLE = "org.godwit.examples.foreign.transport";

  @TempDir Path folder;
  private Path load;
  private NodeShell node;

  @BeforeEach
  void startNode() throws IOException {
    load = Files.createDirectory(folder.resolve("load"));
    node = NodeShell.start(load);
    node.run("machine-create scripted guest --memory 32M");
    node.run("machine-start guest");
  }

  @AfterEach
  void endNode() {
    node.close();
  }

  @Test
  void shouldUseANewSchemeAtOnceAndEndItsJobsWhenItsBundleGoes() throws Exception {
    Path stream = folder.resolve("stream.gz");
    String refused = node.run("migrate -d guest gzip:" + stream);
    assertTrue(refused.contains("gzip"), refused);
    assertTrue(!Files.exists(stream), "nothing was tried");

    Path plugged = plug();
    node.run("migrate-set-parameters max-bandwidth=64k");
    startWhenPlugged("migrate -d guest gzip:" + stream);

    Files.delete(plugged);
    JsonNode ended = awaitEnd();
    assertEquals("failed", ended.path("status").asText());
    String reason = ended.path("error-desc").asText();
    assertTrue(reason.contains("foreign-transport") || reason.contains(BUNDLE), reason);
    assertEquals("running", node.query("machine-show guest").path("status").asText());

    // Everything else goes on: the same guest leaves over another transport.
    node.run("migrate-set-parameters max-bandwidth=0");
    node.run("machine-prepare scripted arrived --memory 32M");
    node.run("migrate-incoming arrived memory:there");
    node.run("migrate guest memory:there");
    assertEquals("running", node.query("machine-show arrived").path("status").asText());
  }

  @Test
  void shouldEndTheMachinesOfAKindThatGoesAndMakeNewOnesWhenItComesBack() throws Exception {
    node.run("migrate-set-parameters max-bandwidth=64k");
    node.run("machine-prepare scripted arriving --memory 32M");
    node.run("migrate-incoming arriving memory:there");
    node.run("migrate -d guest memory:there");
    String id = idOf("org.godwit.machine.scripted");
    node.run("stop " + id);
    assertEquals("There are no machines; machine-create makes one\n", node.run("machine-list"));
    // whichever is cancelled first may fail the other: they are the two ends of one link
    List<String> ends =
        List.of(
            node.query("query-migrate guest").path("status").asText(),
            node.query("query-migrate arriving").path("status").asText());
    assertTrue(ends.contains("cancelled"), ends::toString);
    assertTrue(List.of("cancelled", "failed").containsAll(ends), ends::toString);

    node.run("start " + id);
    String made = node.run("machine-create scripted guest --memory 32M");
    assertTrue(made.contains("Machine guest is made"), made);
  }

  private String idOf(String bundle) throws IOException {
    String line =
        node.run("lb -s").lines().filter(row -> row.contains(bundle)).findFirst().orElseThrow();
    return line.substring(0, line.indexOf('|')).strip();
  }

  private Path plug() throws IOException {
    Path jar = example();
    Path prepared = Files.copy(jar, folder.resolve("prepared.jar"));
    return Files.move(prepared, load.resolve("gzip.jar"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path example() throws IOException {
    Path target = Path.of("../examples/foreign-transport/target");
    try (var jars = Files.newDirectoryStream(target, "godwit-example-foreign-transport-*.jar")) {
      return jars.iterator().next();
    }
  }

  /** The node looks into its folder twice a second; each try takes a moment by itself. */
  private void startWhenPlugged(String command) throws IOException {
    while (!node.query("query-migrate").path("status").asText().equals("active")) {
      node.run(command);
    }
  }

  private JsonNode awaitEnd() throws IOException {
    JsonNode now = node.query("query-migrate");
    while (now.path("status").asText().equals("active")) {
      now = node.query("query-migrate");
    }
    return now;
  }
}
