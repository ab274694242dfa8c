package org.godwit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command as a user meets it. */
class InspectCommandTest {

  private static final Path ROOT = Path.of("../org.godwit.wire/src/test/resources/vectors");

  private static final Path COMPONENT =
      Path.of("src/main/java/org/godwit/inspect/InspectCommand.java");

  @TempDir Path temporary;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... words) {
    return InspectCommand.run(
        words,
        ROOT.toAbsolutePath(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shouldPrintReportForPeople() {
    assertEquals(
        0,
        run(
            "precopy-running-7.2/forward.bin.gz",
            "--devices",
            "--return",
            "precopy-running-7.2/return.bin.gz"));
    assertTrue(text().contains("machine type pc-i440fx-7.2"), text());
    assertTrue(text().contains("646b36b127503af4fe279056291ada6864e6a87f1fd42bacc05f437c425bbffe"));
    assertTrue(text().contains("cpu_ticks_offset"));
    assertTrue(text().contains("\"running\""), "the run state in globalstate");
    assertTrue(text().contains("msg SHUT"));
    assertEquals("", errors());
  }

  @Test
  void shouldReadPlainFileAsWellAsCompressedOne() throws IOException {
    Path plain = temporary.resolve("stream");
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(ROOT.resolve("mapped-ram-10.0/file.bin.gz")))) {
      Files.copy(in, plain);
    }
    assertEquals(0, run(plain.toString(), "--json"));
    String fromPlain = text();
    out.reset();
    assertEquals(0, run("mapped-ram-10.0/file.bin.gz", "--json"));
    assertEquals(text(), fromPlain);
  }

  @Test
  void shouldEndWithOneAndTellWhereWhenTheStreamIsDamaged() throws IOException {
    assertEquals(1, run("cancelled-7.2/forward.bin.gz", "--json"));
    assertEquals(642416, new ObjectMapper().readTree(text()).get("damage").get("offset").asLong());
    assertTrue(errors().contains("At byte offset 642416"), errors());
  }

  @Test
  void shouldShowACompressedRecordingUpToWhereItWasCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(ROOT.resolve("precopy-stopped-7.2/forward.bin.gz"));
    Path cut = temporary.resolve("cut.bin.gz");
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length * 2 / 3));
    assertEquals(1, run(cut.toString(), "--json"));
    JsonNode report = new ObjectMapper().readTree(text());
    assertFalse(report.path("blocks").isEmpty(), text());
    assertEquals("cut.bin.gz", report.at("/damage/file").asText());
    assertTrue(report.at("/damage/offset").asLong() > 0, text());
    assertTrue(errors().contains("cut.bin.gz: At byte offset"), errors());
  }

  @Test
  void shouldTellThatOnlyTheLastBytesOfACompressedRecordingAreMissing() throws IOException {
    byte[] whole = Files.readAllBytes(ROOT.resolve("precopy-stopped-7.2/forward.bin.gz"));
    Path cut = temporary.resolve("cut.bin.gz");
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 6));
    assertEquals(1, run(cut.toString(), "--no-digests"));
    assertTrue(errors().contains("cut off"), errors());
  }

  @Test
  void shouldShowDevicesBeforeTheDamage() throws IOException {
    Path damaged = temporary.resolve("damaged");
    try (InputStream in =
        new GZIPInputStream(
            Files.newInputStream(ROOT.resolve("precopy-stopped-7.2/forward.bin.gz")))) {
      byte[] bytes = in.readAllBytes();
      Files.write(damaged, java.util.Arrays.copyOf(bytes, 60000));
    }
    assertEquals(1, run(damaged.toString(), "--json"));
    var report = new ObjectMapper().readTree(text());
    assertTrue(report.get("sections").size() > 10, text());
    assertTrue(report.get("damage").get("reason").asText().contains("vmmouse"), errors());
  }

  @Test
  void shouldReadEveryLengthOfStreamWithoutAFault() throws IOException {
    byte[] bytes;
    try (InputStream in =
        new GZIPInputStream(
            Files.newInputStream(ROOT.resolve("precopy-stopped-7.2/forward.bin.gz")))) {
      bytes = in.readAllBytes();
    }
    Path cut = temporary.resolve("cut");
    for (int length = 0; length < 60_000; length += 997) {
      Files.write(cut, java.util.Arrays.copyOf(bytes, length));
      assertEquals(1, run(cut.toString(), "--no-digests"), "length " + length);
    }
  }

  @Test
  void shouldRefuseWordsThatMakeNoSense() {
    assertEquals(2, run());
    assertEquals(2, run("a", "--page-size", "17"));
    assertEquals(2, run("a", "--frobnicate"));
    assertTrue(errors().contains("--frobnicate"));
  }

  @Test
  void shouldNameTheFileThatIsMissing() {
    assertEquals(1, run("nowhere"));
    assertTrue(errors().contains("nowhere does not exist"), errors());
  }

  @Test
  void shouldTellWhenDirectoryIsNoImage() {
    assertEquals(1, run("."));
    assertTrue(errors().contains("is no image"), errors());
  }

  @Test
  void shouldAnswerEveryFailureInJsonWhereJsonIsWanted() throws IOException {
    assertEquals(1, run("nowhere", "--json"));
    JsonNode error = new ObjectMapper().readTree(text()).path("error");
    assertTrue(error.path("desc").asText().endsWith("nowhere does not exist"), text());
    assertEquals(1, error.path("status").asInt());
    out.reset();
    assertEquals(2, run("--json", "--frobnicate", "x"));
    assertEquals(2, new ObjectMapper().readTree(text()).path("error").path("status").asInt());
  }

  @Test
  void shouldNotGuessTheMachineOfAFileThatIsNoStream() throws IOException {
    Path file = Files.writeString(temporary.resolve("text"), "This is no migration stream.");
    assertEquals(1, run(file.toString()));
    assertTrue(text().contains("Configuration: none was read"), text());
    assertFalse(text().contains("pages by kind"), text());
  }

  @Test
  void shouldOfferAllItsOptionsToTheShell() throws IOException {
    String component = Files.readString(COMPONENT);
    for (String option :
        new CommandLine(new InspectArguments()).getCommandSpec().optionsMap().keySet()) {
      assertTrue(component.contains("\"godwit.command.options=" + option + "\""), option);
    }
  }
}
