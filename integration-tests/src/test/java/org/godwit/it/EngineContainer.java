package org.godwit.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.godwit.api.machine.ImageStore;
import org.godwit.api.machine.MachineProvider;
import org.godwit.api.migration.MigrationService;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The engine in a container inside the test's own JVM. The packages of the api come from the test's
 * class path, so that tests use the services by their types.
 */
public final class EngineContainer implements AutoCloseable {
  private static final Path BUNDLES = Path.of(System.getProperty("it.bundles", "target/bundles"));
  private static final long PATIENCE_MILLIS = 20_000;
  private static final String API = "org.godwit.api-";
  private static final List<String> WANTED =
      List.of(
          "org.godwit.",
          "org.apache.felix.scr-",
          "org.osgi.service.component-",
          "org.osgi.util.",
          "jackson-");
  private static final List<String> UNWANTED =
      List.of(API, "org.godwit.tck-", "org.godwit.shell-", "org.godwit.inspect-");

  private final Framework framework;
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

  private EngineContainer(Framework framework) {
    this.framework = framework;
  }

  /** Starts all bundles of the engine. */
  public static EngineContainer start(Path storage) throws Exception {
    Map<String, String> settings =
        Map.of(
            Constants.FRAMEWORK_STORAGE,
            storage.toString(),
            Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
            apiPackages());
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(settings);
    EngineContainer container = new EngineContainer(framework);
    try {
      container.start();
      return container;
    } catch (Exception e) {
      container.close();
      throw e;
    }
  }

  /** The engine. */
  public MigrationService migrations() throws Exception {
    return service(MigrationService.class, "(objectClass=*)");
  }

  /** Images. */
  public ImageStore images() throws Exception {
    return service(ImageStore.class, "(objectClass=*)");
  }

  /** The provider of a kind of machines. */
  public MachineProvider machines(String kind) throws Exception {
    var context = framework.getBundleContext();
    for (var reference : context.getServiceReferences(MachineProvider.class, null)) {
      MachineProvider provider = context.getService(reference);
      if (provider.kind().equals(kind)) {
        return provider;
      }
    }
    throw new AssertionError("no provider of machines of kind " + kind);
  }

  /**
   * Gives a descriptor to the container, to be used as {@code fd:NAME}. Called by name: its package
   * is another here than in the container.
   */
  public void handOver(String name, int number) throws Exception {
    var context = framework.getBundleContext();
    var tables = context.getAllServiceReferences("org.godwit.transport.fd.NamedDescriptors", null);
    Object table = context.getService(tables[0]);
    Object _ =
        table.getClass().getMethod("add", String.class, int.class).invoke(table, name, number);
  }

  /** Stops the bundle with a symbolic name. */
  public void stop(String name) throws BundleException {
    bundle(name).stop();
  }

  /** Starts it again. */
  public void start(String name) throws BundleException {
    bundle(name).start();
  }

  private Bundle bundle(String name) {
    for (Bundle bundle : framework.getBundleContext().getBundles()) {
      if (bundle.getSymbolicName().equals(name)) {
        return bundle;
      }
    }
    throw new AssertionError("no bundle " + name);
  }

  @Override
  public void close() throws BundleException {
    framework.stop();
    try {
      FrameworkEvent _ = framework.waitForStop(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start() throws Exception {
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
    for (Path file : files()) {
      Bundle _ = framework.getBundleContext().installBundle(file.toUri().toString());
    }
    for (Bundle bundle : framework.getBundleContext().getBundles()) {
      bundle.start();
    }
    if (!faults.isEmpty()) {
      throw new AssertionError("bundles do not start: " + faults);
    }
  }

  private <T> T service(Class<T> type, String filter) throws Exception {
    var context = framework.getBundleContext();
    var wanted = context.createFilter("(&(objectClass=" + type.getName() + ")" + filter + ")");
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context, wanted, null);
    tracker.open();
    try {
      T service = tracker.waitForService(PATIENCE_MILLIS);
      if (service == null) {
        throw new AssertionError("no service " + type.getName());
      }
      return service;
    } finally {
      tracker.close();
    }
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(BUNDLES)) {
      return new ArrayList<>(files.filter(EngineContainer::isWanted).toList());
    }
  }

  private static boolean isWanted(Path file) {
    String name = file.getFileName().toString();
    return WANTED.stream().anyMatch(name::startsWith)
        && UNWANTED.stream().noneMatch(name::startsWith);
  }

  /** What the api bundle exports, with versions. */
  private static String apiPackages() throws IOException {
    Path api;
    try (Stream<Path> files = Files.list(BUNDLES)) {
      api = files.filter(f -> f.getFileName().toString().startsWith(API)).findFirst().orElseThrow();
    }
    try (JarFile jar = new JarFile(api.toFile())) {
      return jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
