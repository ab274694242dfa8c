package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program hears that runs as a user without rights: a process of that user asks. */
@Timeout(120)
class UnprivilegedTest {
  private static final Path DEVICE = Path.of("/dev/userfaultfd");
  private static final Path SYSCTL = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
  private static final String NOBODY = "65534";

  @TempDir Path folder;

  /** Another user must be able to read the program, wherever this was built. */
  @BeforeEach
  void prepare() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "only root can become somebody else");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv here");
    assumeTrue(
        Files.exists(SYSCTL) && Files.readString(SYSCTL).strip().equals("0"),
        "everybody may use userfaultfd here");
    assumeTrue(
        !Files.exists(DEVICE)
            || PosixFilePermissions.toString(Files.getPosixFilePermissions(DEVICE)).endsWith("---"),
        "everybody may open the device here");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    copy(Path.of("target/classes"));
    copy(Path.of("target/test-classes"));
  }

  private void copy(Path classes) throws IOException {
    Path source = classes.resolve("org/godwit/linux");
    Path target = Files.createDirectories(folder.resolve("org/godwit/linux"));
    try (Stream<Path> files = Files.list(source)) {
      files.filter(Files::isRegularFile).forEach(file -> copy(file, target));
    }
  }

  private static void copy(Path file, Path target) {
    try {
      Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String open(String... privileges) throws Exception {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/usr/bin/setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY));
    command.add("--clear-groups");
    command.addAll(List.of(privileges));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", folder.toString(), OpeningChild.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  @Test
  void shouldSayWhatIsMissingAndHowThingsAre() throws Exception {
    String said = open();
    for (String part :
        new String[] {
          "/dev/userfaultfd", "CAP_SYS_PTRACE (missing)", "vm.unprivileged_userfaultfd=1 (it is 0)"
        }) {
      assertTrue(said.contains(part), said);
    }
    if (Files.exists(DEVICE)) {
      assertTrue(said.contains("may not open /dev/userfaultfd (rw"), said);
    }
  }

  /** The sentence is no empty promise. */
  @Test
  void shouldWorkWithTheCapabilityThatIsNamed() throws Exception {
    String said = open("--inh-caps=+sys_ptrace", "--ambient-caps=+sys_ptrace");
    assertTrue(said.startsWith("opened"), said);
  }
}
