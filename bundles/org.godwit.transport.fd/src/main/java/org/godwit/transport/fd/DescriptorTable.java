package org.godwit.transport.fd;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;
import org.godwit.linux.Descriptor;
import org.godwit.linux.DescriptorPassing;
import org.godwit.linux.LinuxException;
import org.godwit.linux.StreamSocket;
import org.jspecify.annotations.Nullable;

/** The named descriptors of one transport. Thread-safe. */
final class DescriptorTable implements NamedDescriptors {
  private static final String NAME = "[A-Za-z][A-Za-z0-9._-]*";

  private final Map<String, Descriptor> waiting = new ConcurrentHashMap<>();

  static boolean isName(String text) {
    return text.matches(NAME);
  }

  @Override
  public void add(String name, int number) throws TransportException {
    if (!isName(name)) {
      throw new TransportException(
          Reason.BAD_ADDRESS, "\"" + name + "\" is no name for a descriptor; expected " + NAME);
    }
    put(name, number);
  }

  @Override
  public void receive(String name, StreamSocket from) throws TransportException {
    OptionalInt number;
    try {
      number = DescriptorPassing.receive(from);
    } catch (LinuxException e) {
      throw new TransportException(
          Reason.ENVIRONMENT, "Cannot receive descriptor \"" + name + "\"", e);
    }
    if (number.isEmpty()) {
      throw new TransportException(
          Reason.PEER_GONE, "The peer sent no descriptor to be called \"" + name + "\"");
    }
    addReceived(name, number.getAsInt());
  }

  @Override
  public boolean remove(String name) {
    Descriptor descriptor = take(name);
    if (descriptor == null) {
      return false;
    }
    descriptor.close();
    return true;
  }

  /** Hands a descriptor over, once. */
  @Nullable Descriptor take(String name) {
    return waiting.remove(name);
  }

  boolean contains(String name) {
    return waiting.containsKey(name);
  }

  void closeAll() {
    waiting.keySet().forEach(this::remove);
  }

  /** What came out of a socket belongs to nobody else: it is closed if it cannot be kept. */
  private void addReceived(String name, int number) throws TransportException {
    try {
      add(name, number);
    } catch (TransportException e) {
      closeNumber(number);
      throw e;
    }
  }

  private void put(String name, int number) throws TransportException {
    if (contains(name)) {
      throw taken(name);
    }
    Descriptor descriptor = adopt(name, number);
    if (waiting.putIfAbsent(name, descriptor) != null) {
      descriptor.close();
      throw taken(name);
    }
  }

  private static TransportException taken(String name) {
    return new TransportException(
        Reason.IN_USE, "There is a descriptor called \"" + name + "\" already");
  }

  private static Descriptor adopt(String name, int number) throws TransportException {
    try {
      return Descriptor.adopt(number);
    } catch (LinuxException e) {
      throw new TransportException(
          Reason.BAD_ADDRESS, "Descriptor " + number + " cannot become \"" + name + "\"", e);
    }
  }

  private static void closeNumber(int number) {
    try {
      Descriptor.adopt(number).close();
    } catch (LinuxException notOpen) {
      return; // then there is nothing to close
    }
  }
}
