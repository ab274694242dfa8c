package org.godwit.api.machine;

/**
 * What a peer announced does not fit the machine that should receive it. Thrown before any guest
 * state changed.
 */
public final class RefusedException extends MachineException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the refusal.
   *
   * @param message what was announced, what is expected and what to do
   */
  public RefusedException(String message) {
    super(message);
  }
}
