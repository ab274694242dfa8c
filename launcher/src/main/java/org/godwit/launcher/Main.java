package org.godwit.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.osgi.framework.BundleException;

/**
 * The {@code godwit} program. The main thread starts the container, runs what was asked for and
 * stops the container; a signal stops it from the JVM's shutdown thread instead.
 */
public final class Main {
  /** A container that is told to stop ends within this time, whatever its bundles do. */
  private static final Duration GRACE = Duration.ofSeconds(8);

  /** A command that a signal interrupts may tidy up for this time before its bundles go. */
  private static final Duration TIDYING = Duration.ofSeconds(5);

  /** Bundles that take the terminal or watch a folder; only a node starts them. */
  private static final String SHELL = "org.apache.felix.gogo.jline";

  private static final String FILE_INSTALL = "org.apache.felix.fileinstall";

  // Taken before gogo puts streams of its own in their place.
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final InputStream in = System.in;

  private Main() {}

  /** Starts the program; it ends with the status of what was run. */
  public static void main(String[] words) {
    System.exit(new Main().run(words));
  }

  private int run(String... words) {
    try {
      Arguments arguments = Arguments.parse(words);
      System.setProperty("godwit.log.level", arguments.logLevel());
      return perform(arguments.task(), Distribution.ofThisProgram());
    } catch (UsageException e) {
      if (JsonFailure.isWanted(List.of(words))) {
        out.println(JsonFailure.of(Container.reason(e), ExitStatus.USAGE));
      }
      err.println("godwit: " + e.getMessage());
      return ExitStatus.USAGE;
    } catch (IOException | BundleException e) {
      err.println("godwit: " + Container.reason(e));
      return ExitStatus.FAILED;
    } catch (InterruptedException e) {
      return ExitStatus.FAILED;
    }
  }

  private int perform(Task task, Distribution distribution)
      throws IOException, BundleException, InterruptedException, UsageException {
    requireFolder(task);
    Container container = Container.create(settings(task, distribution), err);
    CountDownLatch done = new CountDownLatch(1);
    Thread hook = stopOnSignal(container, done);
    try {
      return switch (task) {
        case Task.Node node -> stay(container, distribution, node);
        case Task.Script script -> runScript(container, distribution, script);
        case Task.Inline inline ->
            session(container, distribution).run("-c", inline.text(), List.of());
        case Task.Command command -> session(container, distribution).run(command);
      };
    } finally {
      done.countDown();
      // On a signal the hook stops the container, and this thread may come here interrupted.
      if (!container.ending()) {
        stop(container);
      }
      forget(hook);
    }
  }

  /** A folder that was named by mistake is not made: nobody would ever drop a bundle into it. */
  private static void requireFolder(Task task) throws UsageException {
    if (task instanceof Task.Node node
        && node.load().filter(folder -> !Files.isDirectory(folder)).isPresent()) {
      throw new UsageException("node: --load: there is no folder " + node.load().get());
    }
  }

  private static Map<String, String> settings(Task task, Distribution distribution) {
    Map<String, String> settings = new HashMap<>();
    settings.put("gosh.home", distribution.configuration().toString());
    if (task instanceof Task.Node node) {
      Path load = node.load().orElse(distribution.load()).toAbsolutePath();
      settings.put("felix.fileinstall.dir", load.toString());
      settings.put("felix.fileinstall.filter", ".*\\.jar");
      settings.put("felix.fileinstall.poll", "500");
      settings.put("felix.fileinstall.noInitialDelay", "true");
      settings.put("felix.fileinstall.log.level", "1");
      settings.put("felix.fileinstall.bundles.startTransient", "true");
    }
    return settings;
  }

  private int stay(Container container, Distribution distribution, Task.Node node)
      throws IOException, BundleException, InterruptedException {
    Path load = node.load().orElse(distribution.load()).toAbsolutePath();
    Files.createDirectories(load);
    AtomicInteger status = new AtomicInteger();
    register(container, value -> leave(container, status, value));
    container.start(distribution.bundles(), Set.of(SHELL));
    if (node.shell()) {
      startShell(container);
    } else {
      out.println("The node is ready; bundles dropped into " + load + " are started");
    }
    container.awaitStop();
    return status.get();
  }

  /** After the commands: a shell that reads from a pipe does not wait for them. */
  private static void startShell(Container container) throws InterruptedException {
    boolean _ = new Commands(container.context()).awaitCommand("help");
    container.start(SHELL);
  }

  private static void leave(Container container, AtomicInteger status, int value) {
    status.set(value);
    try {
      // Returns at once; the main thread waits for the end.
      container.context().getBundle().stop();
    } catch (BundleException e) {
      throw new IllegalStateException("the container does not stop", e);
    }
  }

  private int runScript(Container container, Distribution distribution, Task.Script script)
      throws IOException, BundleException, InterruptedException {
    String name = script.source().map(Path::toString).orElse("-");
    String text =
        script.source().isPresent()
            ? read(script.source().get())
            : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    return session(container, distribution).run(name, text, script.arguments());
  }

  /** The exceptions' own messages are no sentences. */
  private static String read(Path script) throws IOException {
    try {
      return Files.readString(script);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no script " + script);
    } catch (AccessDeniedException e) {
      throw new IOException("script " + script + " may not be read by this user");
    } catch (CharacterCodingException e) {
      throw new IOException("script " + script + " is no text in UTF-8");
    } catch (IOException e) {
      throw new IOException("script " + script + " cannot be read: " + e.getMessage());
    }
  }

  private Session session(Container container, Distribution distribution)
      throws IOException, BundleException {
    register(
        container,
        status -> {
          throw new ScriptExit(status);
        });
    container.start(distribution.bundles(), Set.of(SHELL, FILE_INSTALL));
    return new Session(new Commands(container.context()), in, out, err);
  }

  private static void register(Container container, IntConsumer leave) {
    new Commands(container.context()).register("godwit", new ExitCommand(leave), "exit");
  }

  /**
   * On SIGTERM and ctrl-C: wakes a command that waits, lets it tidy up, and stops the container.
   */
  private Thread stopOnSignal(Container container, CountDownLatch done) {
    Thread main = Thread.currentThread();
    Thread hook =
        new Thread(
            () -> {
              if (container.end(main)) {
                await(done);
              }
              stop(container);
            },
            "godwit stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private void await(CountDownLatch done) {
    try {
      if (!done.await(TIDYING.toMillis(), TimeUnit.MILLISECONDS)) {
        err.println("godwit: the command did not end within " + TIDYING.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook is what ends the program right now.
      err.flush();
    }
  }

  private void stop(Container container) {
    if (!container.stop(GRACE)) {
      err.println("godwit: not every bundle stopped within " + GRACE.toSeconds() + " s");
    }
  }
}
