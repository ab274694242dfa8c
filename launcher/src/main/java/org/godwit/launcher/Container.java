package org.godwit.launcher;

import java.io.IOException;
import java.io.PrintStream;
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
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.BundleRevision;

/**
 * One OSGi framework with the bundles of a distribution. Its storage is a temporary folder of its
 * own, so that several containers can run from one distribution.
 *
 * <p>{@link #stop} may be called from any thread and more than once; everything else belongs to the
 * main thread.
 */
final class Container {
  private final Framework framework;
  private final Path storage;
  private final PrintStream errors;
  private final ReentrantLock stopping = new ReentrantLock();
  // Guarded by the lock.
  private boolean gone;
  // Written by the thread that ends the program, read by the one that starts bundles.
  private volatile boolean ending;
  // Written by the thread that starts bundles, read by the one that ends the program.
  private volatile boolean started;

  private Container(Framework framework, Path storage, PrintStream errors) {
    this.framework = framework;
    this.storage = storage;
    this.errors = errors;
  }

  /**
   * Creates and initializes a framework without any bundle.
   *
   * @param settings framework properties beside those that every container has
   * @param errors where faults of the framework and of bundles are told, one line each
   */
  static Container create(Map<String, String> settings, PrintStream errors)
      throws IOException, BundleException {
    // jline looks its parts up through the context class loader of the thread that starts its
    // bundle, unless there
    // is none; the launcher's would hide them.
    Thread.currentThread().setContextClassLoader(null);
    Path storage = Files.createTempDirectory("godwit-");
    Map<String, String> properties = new HashMap<>(settings);
    properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    properties.put(
        Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    properties.put("felix.log.level", "1");
    Framework framework = factory().newFramework(properties);
    framework.init(event -> report(event, errors));
    return new Container(framework, storage, errors);
  }

  private static FrameworkFactory factory() {
    return ServiceLoader.load(FrameworkFactory.class, Container.class.getClassLoader())
        .findFirst()
        .orElseThrow();
  }

  private static void report(FrameworkEvent event, PrintStream errors) {
    if (event.getType() == FrameworkEvent.ERROR) {
      errors.println(
          "godwit: " + event.getBundle().getSymbolicName() + ": " + reason(event.getThrowable()));
    }
  }

  /** The message of the innermost cause that has one. */
  static String reason(Throwable fault) {
    String text = fault.toString();
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        text = cause.getMessage();
      }
    }
    return text;
  }

  /**
   * Installs the bundles and starts all but some of them.
   *
   * @param files the bundles
   * @param idle symbolic names of bundles that are installed but not started
   */
  void start(List<Path> files, Set<String> idle) throws BundleException {
    BundleContext context = framework.getBundleContext();
    List<Bundle> installed = new ArrayList<>();
    for (Path file : files) {
      installed.add(context.installBundle("reference:" + file.toUri()));
    }
    framework.start();
    context.addFrameworkListener(event -> report(event, errors));
    for (Bundle bundle : installed) {
      if (!ending && !idle.contains(bundle.getSymbolicName()) && !isFragment(bundle)) {
        start(bundle);
      }
    }
    started = true;
  }

  /** Starts an installed bundle that was left idle. */
  void start(String symbolicName) {
    for (Bundle bundle : context().getBundles()) {
      if (bundle.getSymbolicName().equals(symbolicName)) {
        start(bundle);
      }
    }
  }

  private void start(Bundle bundle) {
    try {
      bundle.start();
    } catch (BundleException | IllegalStateException e) {
      if (!ending) {
        errors.println(
            "godwit: bundle " + bundle.getSymbolicName() + " does not start: " + reason(e));
      }
    }
  }

  private static boolean isFragment(Bundle bundle) {
    BundleRevision revision = bundle.adapt(BundleRevision.class);
    return (revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
  }

  /** The context of the framework itself. */
  BundleContext context() {
    return framework.getBundleContext();
  }

  /**
   * Tells that the end is near: no further bundle is started, and a command that runs is
   * interrupted. A bundle that is being started is not, for the framework's resolver takes an
   * interrupt for a fault.
   *
   * @return whether a command was interrupted
   */
  boolean end(Thread main) {
    ending = true;
    if (started) {
      main.interrupt();
    }
    return started;
  }

  /** True once a signal has told that the program ends. */
  boolean ending() {
    return ending;
  }

  /** Waits until the framework has been stopped from within or by {@link #stop}. */
  void awaitStop() throws InterruptedException {
    framework.waitForStop(0);
  }

  /**
   * Stops all bundles and removes the storage. Where two threads do so, the second waits for the
   * first.
   *
   * @param grace how long bundles may take
   * @return false if a bundle was still not done when the time was up
   */
  boolean stop(Duration grace) {
    ending = true;
    stopping.lock();
    try {
      if (!gone) {
        gone = framework.getState() == Bundle.RESOLVED || stopFramework(grace);
        removeStorage();
      }
      return gone;
    } finally {
      stopping.unlock();
    }
  }

  private boolean stopFramework(Duration grace) {
    try {
      framework.stop();
      return framework.waitForStop(grace.toMillis()).getType() != FrameworkEvent.WAIT_TIMEDOUT;
    } catch (BundleException e) {
      errors.println("godwit: the container does not stop: " + reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  private void removeStorage() {
    if (!Files.exists(storage)) {
      return;
    }
    try (var files = Files.walk(storage)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      errors.println("godwit: cannot remove " + storage + ": " + reason(e));
    }
  }
}
