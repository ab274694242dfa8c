package org.godwit.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * Activator of the bundle that {@link NodeIT} drops into a running node: leaves a mark while it is
 * active.
 */
public final class HotPlugged implements BundleActivator {
  static final String MARK = "GODWIT_TEST_MARK";

  private final Path mark = Path.of(System.getenv(MARK));

  /** For the framework. */
  public HotPlugged() {}

  @Override
  public void start(BundleContext context) throws Exception {
    Files.createFile(mark);
  }

  @Override
  public void stop(BundleContext context) throws Exception {
    Files.delete(mark);
  }
}
