package org.godwit.coordinator;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.godwit.api.savestate.IncomingContext;
import org.godwit.api.savestate.LiveLoad;
import org.godwit.api.savestate.LiveState;
import org.godwit.api.savestate.LiveStateProvider;
import org.godwit.api.savestate.OutgoingContext;
import org.godwit.api.savestate.PageRequests;
import org.godwit.api.savestate.PostcopyLoad;
import org.godwit.api.savestate.PostcopyState;
import org.godwit.api.savestate.StateException;
import org.godwit.savestate.ram.RamProvider;

/** RAM that says its absent pages were trapped, so that RUN starts a guest which touches none. */
final class TrappingRam implements LiveStateProvider {
  /** What a test does with the trap. */
  @FunctionalInterface
  interface Listening {
    /** Does it. */
    void at(PageRequests requests) throws StateException;
  }

  private final RamProvider ram = new RamProvider();
  private final Guests guests;
  private Listening onListen = requests -> {};
  private Runnable onFinish = () -> {};
  private Runnable onBlocks = () -> {};
  // volatile: written by the receiving thread, asked by the test
  private volatile boolean leftRunning;

  TrappingRam(Guests guests) {
    this.guests = guests;
  }

  /** Runs when the trap was set. */
  TrappingRam onListen(Listening action) {
    onListen = action;
    return this;
  }

  /** Runs before the memory is found to be whole. */
  TrappingRam onFinish(Runnable action) {
    onFinish = action;
    return this;
  }

  /** Runs when the source looks at its blocks. */
  TrappingRam onBlocks(Runnable action) {
    onBlocks = action;
    return this;
  }

  /** Whether the trap was taken from a guest that ran. */
  boolean leftRunning() {
    return leftRunning;
  }

  @Override
  public Optional<LiveState> outgoing(OutgoingContext context) {
    return ram.outgoing(context)
        .map(state -> wrap(PostcopyState.class, (PostcopyState) state, this::state));
  }

  private Object state(PostcopyState state, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("blocks")) {
      onBlocks.run();
    }
    return invoke(state, method, arguments);
  }

  @Override
  public Optional<LiveLoad> incoming(IncomingContext context) {
    return ram.incoming(context).map(load -> wrap(LiveLoad.class, load, this::load));
  }

  private Object load(LiveLoad load, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("close")) {
      leftRunning = !guests.running().isEmpty();
    }
    if (method.getName().equals("postcopy")) {
      return load.postcopy().map(part -> wrap(PostcopyLoad.class, part, this::part));
    }
    return invoke(load, method, arguments);
  }

  private Object part(PostcopyLoad part, Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("trapped")) {
      return true;
    }
    if (method.getName().equals("finish")) {
      onFinish.run();
    }
    Object result = invoke(part, method, arguments);
    if (method.getName().equals("listen")) {
      onListen.at((PageRequests) arguments[0]);
    }
    return result;
  }

  /** A call that a test looks at. */
  private interface Call<T> {
    Object on(T target, Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T wrap(Class<T> type, T target, Call<T> call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.on(target, method, arguments)));
  }

  private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
