package org.godwit.examples.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/**
 * An OSGi framework inside this program. The api packages come from the program's own class path,
 * so that program and bundles share their types; everything else is bundles from a directory.
 */
final class Engine implements AutoCloseable {
  private final Framework framework;
  private final Path storage;

  private Engine(Framework framework, Path storage) {
    this.framework = framework;
    this.storage = storage;
  }

  /**
   * Starts a framework with all bundles of a directory.
   *
   * @param bundles directory with bundle jars
   * @return the running framework
   */
  static Engine start(Path bundles) throws BundleException, IOException {
    Path storage = Files.createTempDirectory("godwit-embedded");
    FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow();
    Engine engine = new Engine(factory.newFramework(configuration(storage)), storage);
    try {
      engine.framework.start();
      engine.install(bundles);
      return engine;
    } catch (BundleException | IOException e) {
      engine.close();
      throw e;
    }
  }

  /**
   * Waits for a service.
   *
   * @param type service interface
   * @param filter LDAP filter on its properties, or an empty string
   * @param patience how long to wait
   * @return the service
   */
  <T> T service(Class<T> type, String filter, Duration patience) throws InterruptedException {
    BundleContext context = framework.getBundleContext();
    String all = "(&(%s=%s)%s)".formatted(Constants.OBJECTCLASS, type.getName(), filter);
    try {
      ServiceTracker<T, T> tracker = new ServiceTracker<>(context, context.createFilter(all), null);
      tracker.open();
      T service = tracker.waitForService(patience.toMillis());
      if (service == null) {
        throw new IllegalStateException("No service " + all + " within " + patience);
      }
      return service;
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException("Filter \"" + filter + "\" is malformed", e);
    }
  }

  @Override
  public void close() {
    try {
      framework.stop();
      framework.waitForStop(TimeUnit.SECONDS.toMillis(10));
      deleteStorage();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (BundleException e) {
      throw new IllegalStateException("The framework does not stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void deleteStorage() throws IOException {
    try (Stream<Path> files = Files.walk(storage)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Map<String, String> configuration(Path storage) throws IOException {
    Map<String, String> configuration = new HashMap<>();
    configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    configuration.put(
        Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SharedPackages.exported());
    return configuration;
  }

  private void install(Path bundles) throws BundleException, IOException {
    List<Bundle> installed = new ArrayList<>();
    try (Stream<Path> jars = Files.list(bundles)) {
      for (Path jar : jars.sorted().toList()) {
        installed.add(
            framework.getBundleContext().installBundle("reference:" + jar.toUri().toString()));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Bundle bundle : installed) {
      if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
        bundle.start();
      }
    }
  }
}
