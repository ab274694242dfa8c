package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The distribution must hold what the resolver found to be a working set, no more and no less. */
class RunListIT {
  private static final Pattern ENTRY =
      Pattern.compile("^\\s+([\\w.-]+);version='\\[", Pattern.MULTILINE);

  @Test
  void shouldHoldTheBundlesOfTheResolvedRunList() throws IOException {
    Set<String> resolved = new TreeSet<>();
    Matcher entry = ENTRY.matcher(Files.readString(Path.of("node.bndrun")));
    while (entry.find()) {
      resolved.add(entry.group(1));
    }
    Set<String> held = new TreeSet<>();
    for (Path bundle :
        new Distribution(Path.of(System.getProperty("godwit.distribution"))).bundles()) {
      held.add(symbolicName(bundle));
    }
    assertNotEquals(Set.of(), resolved);
    assertEquals(resolved, held);
  }

  private static String symbolicName(Path bundle) throws IOException {
    try (JarFile jar = new JarFile(bundle.toFile())) {
      String header = jar.getManifest().getMainAttributes().getValue("Bundle-SymbolicName");
      return header.replaceFirst(";.*", "").strip();
    }
  }
}
