package org.godwit.coordinator;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.ChannelServer;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.Transport;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportOptions;

/**
 * A link whose accepted connections do what a test wants.
 *
 * @param inner the link
 * @param calls look at every call of such a connection, from the first one on
 * @param beforeAccept runs before a connection is waited for
 */
record WrappedLink(Transport inner, Calls calls, Runnable beforeAccept) implements Transport {
  WrappedLink(Transport inner, Calls calls) {
    this(inner, calls, () -> {});
  }

  /** What is done with a call. */
  @FunctionalInterface
  interface Calls {
    /** Does it, most of the time by handing it on. */
    Object on(Call call) throws Throwable;
  }

  /** A call of a connection. */
  static final class Call {
    private final Channel channel;
    private final Method method;
    private final Object[] arguments;

    Call(Channel channel, Method method, Object[] arguments) {
      this.channel = channel;
      this.method = method;
      this.arguments = arguments == null ? new Object[0] : arguments.clone();
    }

    boolean is(String name) {
      return method.getName().equals(name);
    }

    Object handOn() throws Throwable {
      try {
        return method.invoke(channel, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  @Override
  public String scheme() {
    return inner.scheme();
  }

  @Override
  public Optional<String> refusal(Endpoint endpoint, TransportOptions options, Role role) {
    return inner.refusal(endpoint, options, role);
  }

  @Override
  public Channel connect(Endpoint peer, TransportOptions options) throws TransportException {
    return inner.connect(peer, options);
  }

  @Override
  public ChannelServer listen(Endpoint local, TransportOptions options) throws TransportException {
    ChannelServer server = inner.listen(local, options);
    return new ChannelServer() {
      @Override
      public Endpoint local() {
        return server.local();
      }

      @Override
      public Channel accept() throws TransportException {
        beforeAccept.run();
        Channel channel = server.accept();
        InvocationHandler handler =
            (self, method, arguments) -> calls.on(new Call(channel, method, arguments));
        return (Channel)
            Proxy.newProxyInstance(
                WrappedLink.class.getClassLoader(), new Class<?>[] {Channel.class}, handler);
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }
}
