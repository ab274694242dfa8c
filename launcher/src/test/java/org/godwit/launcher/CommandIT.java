package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of the program as a user calls them. */
class CommandIT {
  @TempDir Path folder;

  @Test
  void shouldMoveAGuestBetweenTwoContainersAndProveIt() throws Exception {
    var result =
        new Program(folder)
            .run("", "demo", "--guest", "scripted", "--memory", "32M", "-o", "rate=2000", "--json");
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("\"proof\" : true"), result.out());
    assertTrue(result.out().contains("\"pages\" : 8192"), result.out());
    assertEquals("", result.err());
  }

  @Test
  void shouldShowPhasesAndReportOfTheDemo() throws Exception {
    var result =
        new Program(folder)
            .run("", "demo", "--guest", "scripted", "--memory", "16M", "-o", "rate=2000");
    assertEquals(0, result.status(), result.err());
    for (String row : new String[] {"total time", "downtime", "pages", "iterations", "output"}) {
      assertTrue(result.out().lines().anyMatch(line -> line.startsWith(row)), result.out());
    }
    assertTrue(result.err().contains("moving it to tcp:127.0.0.1:"), result.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | send FOLDER/none tcp:127.0.0.1:1      | send: FOLDER/none is no image
          1 | image FOLDER/none                     | image: FOLDER/none is no image
          1 | image verify FOLDER/none              | image: FOLDER/none is no image
          2 | receive tcp:127.0.0.1:0            | receive: Missing required option: '--image=DIR'
          2 | receive tcp:0.0.0.0:0 --image FOLDER/i | receive: Listening on tcp:0.0.0.0:0 would let
          2 | receive foo --image FOLDER/i          | receive: "foo" is no migration URI
          2 | receive tcp:127.0.0.1:99999 --image FOLDER/i | receive: Bad address tcp:127.0.0.1:99999
          2 | receive tcp:127.0.0.1 --image FOLDER/i | receive: Bad address tcp:127.0.0.1
          2 | receive bad:x --image FOLDER/i        | receive: No transport for "bad:" is installed
          1 | receive tcp:127.0.0.1:0 --image FOLDER | receive: Image directory FOLDER exists already
          2 | demo --guest alien                 | demo: There is no guest "alien"
          2 | demo --memory 1X                   | demo: "1X" is no size like 512M or 2G
          2 | demo --memory 0                    | demo: Memory size 0 must be
          2 | demo --memory 100T                 | demo: Memory of 100 TiB is more than the
          2 | demo -o rate                       | demo: -o rate is no KEY=VALUE
          2 | image verify                       | image: verify needs the directory
          2 | node --load FOLDER/none            | node: --load: there is no folder FOLDER/none
          2 | machine-list                       | 'machine-list' is a command of the shell: godwit -c 'machine-list'
          2 | demo --parameter wind=1            | demo: There is no parameter "wind"
          2 | demo --capability wings            | demo: There is no capability "wings"
          2 | receive tcp:127.0.0.1:0 --image FOLDER/i --timeout 0 | receive: --timeout must be more than 0
          1 | inspect FOLDER/none                | inspect: FOLDER/none does not exist
          2 | inspect --wings FOLDER/none        | inspect: Unknown option: '--wings'
          1 | run FOLDER/none                    | there is no script FOLDER/none
          1 | run FOLDER                         | script FOLDER cannot be read: Is a directory
          2 | help wings                         | help: There is no command "wings"
          2 | version --nonsense                 | version: Unknown option: '--nonsense'
          """)
  void shouldFailWithOneSentenceAndItsStatus(int status, String words, String sentence)
      throws Exception {
    String[] command = words.replace("FOLDER", folder.toString()).split(" ", -1);
    var result = new Program(folder).run("", command);
    assertEquals(status, result.status(), result.err());
    assertTrue(
        result.err().startsWith("godwit: " + sentence.replace("FOLDER", folder.toString())),
        result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertFalse(Files.exists(folder.resolve("i")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "send FOLDER/none tcp:127.0.0.1:1",
        "image --wings",
        "receive tcp:127.0.0.1:0 --image FOLDER",
        "demo --memory 1X",
        "inspect FOLDER/none",
        "help wings",
        "wings",
        "--wings"
      })
  void shouldFailWithADocumentWhereJsonIsWanted(String words) throws Exception {
    String[] command = (words.replace("FOLDER", folder.toString()) + " --json").split(" ", -1);
    var result = new Program(folder).run("", command);
    assertTrue(result.status() != 0, result.out());
    assertTrue(
        result.out().matches("(?s)\\{\\s*\"error\" : \\{\\s*\"desc\" : .*}\\s*}\\s*"),
        result.out());
  }

  @Test
  void shouldAnswerQueriesInTheShapeOfQemu() throws Exception {
    var result =
        new Program(folder)
            .run(
                "",
                "-c",
                "migrate-set-parameters downtime-limit=77 max-bandwidth=1M;"
                    + " query-migrate-parameters --json; query-migrate --json");
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("\"downtime-limit\" : 77"), result.out());
    assertTrue(result.out().contains("\"max-bandwidth\" : 1048576"), result.out());
    assertTrue(result.out().endsWith("{ }\n"), result.out());
  }

  @Test
  void shouldEndAScriptAtTheFirstCommandThatFails() throws Exception {
    var result = new Program(folder).run("machine-show nobody\necho late\n", "run", "-");
    assertEquals(1, result.status());
    assertEquals("", result.out());
    assertEquals(
        "godwit: -: There is no machine \"nobody\"; machine-list shows what there is\n",
        result.err());
  }

  @Test
  void shouldListEveryCommandWithALine() throws Exception {
    var result = new Program(folder).run("", "help");
    for (String name :
        new String[] {"demo", "receive", "send", "image", "inspect", "migrate", "machine-create"}) {
      assertTrue(
          result.out().lines().anyMatch(line -> line.matches("  " + name + " +[A-Z].*\\.?")),
          name + " in " + result.out());
    }
  }
}
