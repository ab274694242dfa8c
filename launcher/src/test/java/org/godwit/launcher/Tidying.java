package org.godwit.launcher;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A bundle with a command that takes its time to tidy up, and needs its bundle for it. */
public final class Tidying implements BundleActivator {
  private static final long TIDYING_MILLIS = 1500;

  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CountDownLatch never = new CountDownLatch(1);

  /** For the framework. */
  public Tidying() {}

  @Override
  public void start(BundleContext context) {
    Map<String, Object> properties =
        Map.of("osgi.command.scope", "godwit", "osgi.command.function", "linger");
    context.registerService(Object.class, this, FrameworkUtil.asDictionary(properties));
  }

  @Override
  public void stop(BundleContext context) {
    stopped.countDown();
  }

  /** The command: waits to be interrupted. */
  public int linger() throws InterruptedException {
    System.out.println("ready");
    System.out.flush();
    try {
      never.await();
    } catch (InterruptedException e) {
      boolean gone = stopped.await(TIDYING_MILLIS, TimeUnit.MILLISECONDS);
      System.out.println(gone ? "its bundle has gone" : "tidied");
      System.out.flush();
    }
    return 1;
  }
}
