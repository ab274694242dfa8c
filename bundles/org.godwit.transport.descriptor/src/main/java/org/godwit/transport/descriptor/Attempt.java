package org.godwit.transport.descriptor;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import org.godwit.api.transport.Channel;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * An attempt to open a channel, which ends at once when the thread that makes it is interrupted or
 * the transport stops. Waiting happens in native code, which knows no interrupts; the platform's
 * own hook for interruptible channels carries them over.
 *
 * <p>Used once, by one thread.
 */
public final class Attempt extends AbstractInterruptibleChannel implements OpenEnds.End {

  /**
   * What is attempted.
   *
   * @param <C> kind of channel
   */
  @FunctionalInterface
  public interface Opening<C extends Channel> {
    /**
     * Opens a channel, telling how to break it by {@link Attempt#breakBy}.
     *
     * @return what was opened
     * @throws TransportException if it cannot be opened
     */
    C open() throws TransportException;
  }

  private final String doing;

  /** Written by the attempting thread before each wait, read by the thread that breaks it. */
  private volatile Runnable breaker = () -> {};

  /**
   * Prepares an attempt.
   *
   * @param doing what is tried, such as {@code connect to tcp:127.0.0.1:4444}
   */
  public Attempt(String doing) {
    this.doing = doing;
  }

  /**
   * Makes the attempt.
   *
   * @param <C> kind of channel
   * @param owner set that the attempt is in while it lasts
   * @param opening what to do
   * @return what was opened
   * @throws TransportException if it failed, or was broken ({@link Reason#ABORTED})
   */
  public <C extends Channel> C make(OpenEnds owner, Opening<C> opening) throws TransportException {
    owner.add(this);
    try {
      return interruptibly(opening);
    } finally {
      owner.remove(this);
    }
  }

  /**
   * Tells how to break the step that follows.
   *
   * @param action ends the step; never blocks
   */
  public void breakBy(Runnable action) {
    breaker = action;
    if (!isOpen()) {
      action.run();
    }
  }

  @Override
  public void abort(String why) {
    closeQuietly();
  }

  @Override
  protected void implCloseChannel() {
    breaker.run();
  }

  private <C extends Channel> C interruptibly(Opening<C> opening) throws TransportException {
    C opened = null;
    TransportException failed = null;
    begin();
    try {
      opened = opening.open();
    } catch (TransportException e) {
      failed = e;
    }
    try {
      end(opened != null);
    } catch (AsynchronousCloseException broken) {
      failed = aborted(failed == null ? broken : failed);
    }
    if (opened != null && failed == null) {
      return opened;
    }
    if (opened != null) {
      opened.close();
    }
    throw failed == null ? aborted(new IllegalStateException("nothing was opened")) : failed;
  }

  private TransportException aborted(Exception cause) {
    return new TransportException(Reason.ABORTED, "Broken off: cannot " + doing, cause);
  }

  private void closeQuietly() {
    try {
      close();
    } catch (java.io.IOException impossible) {
      throw new IllegalStateException("closing an attempt only runs its breaker", impossible);
    }
  }
}
