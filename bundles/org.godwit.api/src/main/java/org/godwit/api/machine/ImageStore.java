package org.godwit.api.machine;

import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Images: machines at rest, each a directory. Registered as a service by the bundle that also
 * provides machines of kind {@code image}, which receives new ones.
 *
 * <p>Thread-safe. Any number of readers may use one image at once; images never change.
 */
@ConsumerType
public interface ImageStore {

  /**
   * Tells what an image holds. Reads the manifest only. Waits for the digests of an image that was
   * just received here.
   *
   * @param directory directory of the image
   * @return its content
   * @throws MachineException if there is no image, or its manifest cannot be understood
   */
  ImageDescription describe(Path directory) throws MachineException;

  /**
   * Reads everything and compares it with the digests taken when the image was received. An
   * interrupt of the calling thread ends it soon, with an exception.
   *
   * @param directory directory of the image
   * @param listener is told how far it has come
   * @return what is damaged, empty if nothing is
   * @throws MachineException if there is no image, or it cannot be read
   */
  List<ImageDamage> verify(Path directory, WorkListener listener) throws MachineException;

  /**
   * Opens an image for sending. Its run state is that of the guest when it was received; it can not
   * be started, and it is not changed by being sent.
   *
   * @param name name of the machine in this container
   * @param directory directory of the image
   * @return the machine; the caller closes it
   * @throws MachineException if there is no image, or a file is missing or has another size
   */
  Machine open(String name, Path directory) throws MachineException;
}
