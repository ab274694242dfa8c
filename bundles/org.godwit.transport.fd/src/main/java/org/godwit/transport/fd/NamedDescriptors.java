package org.godwit.transport.fd;

import org.godwit.api.transport.TransportException;
import org.godwit.linux.StreamSocket;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Descriptors that wait under a name to be used as {@code fd:NAME}, as QEMU's {@code getfd} keeps
 * them. Registered as a service. Thread-safe.
 */
@ProviderType
public interface NamedDescriptors {

  /**
   * Adds a descriptor; the first channel opened as {@code fd:NAME} takes it.
   *
   * @param name begins with a letter; letters, digits, dots, dashes and underscores follow
   * @param number an open descriptor, owned by this table from now on unless this fails
   * @throws TransportException if the name is no name or taken, or the number is not open
   */
  void add(String name, int number) throws TransportException;

  /**
   * Takes a descriptor that a peer process sends ({@code SCM_RIGHTS}) with the next byte.
   *
   * @param name as {@link #add}
   * @param from UNIX socket to the peer process; stays open
   * @throws TransportException if the byte carries no descriptor, or as {@link #add}
   */
  void receive(String name, StreamSocket from) throws TransportException;

  /**
   * Closes a descriptor that nobody has used.
   *
   * @param name its name
   * @return false if there is none of that name
   */
  boolean remove(String name);
}
