package org.godwit.launcher;

import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session of gogo's command processor, reached by reflection: its types belong to the bundle that
 * brings them, and the same types on the launcher's class path would be different ones.
 */
final class GogoSession implements AutoCloseable {
  private static final String API = "org.apache.felix.service.command.";

  private final ClassLoader loader;
  private final Class<?> type;
  private final Object session;

  private GogoSession(ClassLoader loader, Object session) throws ReflectiveOperationException {
    this.loader = loader;
    this.type = loader.loadClass(API + "CommandSession");
    this.session = session;
  }

  /**
   * Opens a session.
   *
   * @param processor the service {@code CommandProcessor}
   */
  static GogoSession open(Object processor, InputStream in, PrintStream out, PrintStream err)
      throws Exception {
    ClassLoader loader = processor.getClass().getClassLoader();
    Class<?>[] types = {InputStream.class, java.io.OutputStream.class, java.io.OutputStream.class};
    Object session =
        call(
            loader.loadClass(API + "CommandProcessor"),
            processor,
            "createSession",
            types,
            in,
            out,
            err);
    return new GogoSession(loader, session);
  }

  /** Sets a variable. */
  void put(String name, Object value) throws Exception {
    call(type, session, "put", new Class<?>[] {String.class, Object.class}, name, value);
  }

  /** Runs a program text and returns the result of its last statement. */
  @Nullable Object execute(String text) throws Exception {
    return call(type, session, "execute", new Class<?>[] {CharSequence.class}, text);
  }

  /** Runs the command {@code scope:function} with arguments that are not parsed again. */
  @Nullable Object execute(String command, List<Object> arguments) throws Exception {
    Class<?> functionType = loader.loadClass(API + "Function");
    Object function = call(type, session, "get", new Class<?>[] {String.class}, command);
    if (!functionType.isInstance(function)) {
      throw new IllegalStateException("the command " + command + " has gone");
    }
    return call(
        functionType, function, "execute", new Class<?>[] {type, List.class}, session, arguments);
  }

  /** A result as the shell would show it. */
  CharSequence format(Object result) throws Exception {
    Object text =
        call(type, session, "format", new Class<?>[] {Object.class, int.class}, result, 0);
    return text instanceof CharSequence characters ? characters : String.valueOf(result);
  }

  @Override
  public void close() {
    try {
      call(type, session, "close", new Class<?>[0]);
    } catch (Exception e) {
      throw new IllegalStateException("the session does not close", e);
    }
  }

  /** Calls a public method and throws what it throws, without reflection's wrapper. */
  private static Object call(
      Class<?> type, @Nullable Object target, String name, Class<?>[] types, Object... arguments)
      throws Exception {
    try {
      return type.getMethod(name, types).invoke(target, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
