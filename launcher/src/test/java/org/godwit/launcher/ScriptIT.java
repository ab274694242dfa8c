package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptIT {
  @TempDir Path folder;

  @Test
  void shouldRunCommandsOfTheCommandLine() throws Exception {
    var result = new Program(folder).run("", "-c", "echo one; echo two");
    assertEquals(new Program.Result(0, "one\ntwo\n", ""), result);
  }

  @Test
  void shouldRunAScriptFromStandardInput() throws Exception {
    var result = new Program(folder).run("each [1 2] { echo n $it }\n", "run", "-");
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().startsWith("n 1\nn 2\n"), result.out());
  }

  @Test
  void shouldGiveAScriptItsArguments() throws Exception {
    Path script = Files.writeString(folder.resolve("hello.gosh"), "echo $1 and $2");
    var result = new Program(folder).run("", "run", script.toString(), "a", "b c");
    assertEquals(new Program.Result(0, "a and b c\n", ""), result);
  }

  @Test
  void shouldEndWithTheStatusThatAScriptAsksFor() throws Exception {
    var result = new Program(folder).run("if { true } { exit 7 }\necho late\n", "run", "-");
    assertEquals(new Program.Result(7, "", ""), result);
  }

  @Test
  void shouldFailWithOneLineWhenAScriptThrows() throws Exception {
    var result = new Program(folder).run("", "-c", "throw 'no such guest'");
    assertEquals(new Program.Result(1, "", "godwit: -c: no such guest\n"), result);
  }

  @Test
  void shouldNotNameAJavaClassWhenAScriptThrowsNothing() throws Exception {
    var result = new Program(folder).run("", "-c", "throw");
    assertEquals(1, result.status());
    assertTrue(
        !result.err().contains("java.") && !result.err().contains("Exception"), result.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2 | machine-create
          2 | machine-create scripted a --wings
          2 | machine-create scripted a --memory 1X
          2 | if { true } { migrate-set-parameters wings }
          2 | inspect --wings x
          2 | wings
          2 | echo (
          1 | machine-show nobody
          1 | inspect /does/not/exist
          """)
  void shouldTellWhatIsNotUnderstoodFromWhatFails(int status, String script) throws Exception {
    var result = new Program(folder).run(script + "\n", "run", "-");
    assertEquals(status, result.status(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void shouldExplainACommandInJsonInsideAScriptToo() throws Exception {
    var result = new Program(folder).run("help migrate --json\n", "run", "-");
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().startsWith("{"), result.out());
    assertTrue(result.out().contains("\"usage\" : \"Usage: migrate "), result.out());
  }

  @Test
  void shouldFailWhenTheScriptDoesNotExist() throws Exception {
    var result = new Program(folder).run("", "run", "/does/not/exist");
    assertEquals(1, result.status());
    assertTrue(result.err().contains("/does/not/exist"), result.err());
  }

  @Test
  void shouldNameTheCommandsThereAreWhenOneIsUnknown() throws Exception {
    var result = new Program(folder).run("", "demoo");
    assertEquals(2, result.status());
    assertTrue(
        result
            .err()
            .startsWith("godwit: there is no command 'demoo'; there are: node, run, -c, demo"),
        result.err());
  }

  @Test
  void shouldStartEveryBundleOfTheDistribution() throws Exception {
    var result = new Program(folder).run("", "-c", "lb -s");
    List<String> idle =
        result
            .out()
            .lines()
            .filter(line -> line.contains("|Installed") || line.contains("|Resolved"))
            .toList();
    assertEquals("", result.err());
    assertEquals(2, idle.size(), "the shell and the folder's watcher belong to a node: " + idle);
  }

  @Test
  void shouldLeaveNoStorageBehind() throws Exception {
    new Program(folder).run("", "-c", "echo");
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of(),
          left.filter(file -> file.getFileName().toString().startsWith("godwit-")).toList());
    }
  }
}
