package org.godwit.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** Installs each feature set, together with what a bare framework lacks, into a plain Felix. */
class FeaturesIT {
  private static final Path BUNDLES = Path.of(System.getProperty("features.bundles"));

  @TempDir Path storage;

  static Collection<String> names() throws Exception {
    return file().names();
  }

  private static FeatureFile file() throws Exception {
    return new FeatureFile(Path.of(System.getProperty("features.file")));
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldStartEveryBundleOfAFeature(String feature) throws Exception {
    Set<String> addresses = new LinkedHashSet<>(file().bundles("godwit-container"));
    addresses.addAll(file().bundles(feature));
    Queue<String> faults = new ConcurrentLinkedQueue<>();
    Framework framework = launch(faults);
    try {
      for (String address : addresses) {
        framework.getBundleContext().installBundle(file(address).toUri().toString());
      }
      for (Bundle bundle : framework.getBundleContext().getBundles()) {
        bundle.start();
        assertEquals(Bundle.ACTIVE, bundle.getState(), bundle.getSymbolicName());
      }
      assertTrue(faults.isEmpty(), faults.toString());
    } finally {
      assertEquals("", printedWhile(() -> stop(framework)), "a clean stop says nothing");
    }
  }

  private static Void stop(Framework framework) throws Exception {
    framework.stop();
    framework.waitForStop(10_000);
    return null;
  }

  /** What the process printed meanwhile; declarative services tell faults of components so. */
  private static String printedWhile(Callable<Void> work) throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      work.call();
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shouldContainEveryBundleOfTheRepositoryThatIsMeantToRun() throws Exception {
    Set<String> expected = new TreeSet<>();
    try (var files = Files.list(BUNDLES)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("org.godwit."))
          .forEach(expected::add);
    }
    Set<String> named = new TreeSet<>();
    Set<String> addresses = new LinkedHashSet<>(file().bundles("godwit"));
    addresses.addAll(file().bundles("godwit-container"));
    for (String address : addresses) {
      if (address.contains("/org.godwit.")) {
        named.add(file(address).getFileName().toString());
      }
    }
    assertEquals(expected, named);
  }

  private Framework launch(Queue<String> faults) throws Exception {
    Map<String, String> settings = Map.of(Constants.FRAMEWORK_STORAGE, storage.toString());
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(settings);
    framework.init();
    framework
        .getBundleContext()
        .addFrameworkListener(
            event -> {
              if (event.getType() == FrameworkEvent.ERROR) {
                faults.add(event.getBundle() + ": " + event.getThrowable());
              }
            });
    framework.start();
    return framework;
  }

  /** The file of {@code mvn:group/artifact/version}. */
  private static Path file(String address) {
    List<String> parts = List.of(address.substring("mvn:".length()).split("/", -1));
    Path file = BUNDLES.resolve(parts.get(1) + "-" + parts.get(2) + ".jar");
    assertTrue(Files.exists(file), address + " is not among the module's dependencies");
    return file;
  }
}
