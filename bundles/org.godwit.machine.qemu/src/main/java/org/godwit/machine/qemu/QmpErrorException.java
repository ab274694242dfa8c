package org.godwit.machine.qemu;

/** QEMU refused a command. The connection goes on. */
public final class QmpErrorException extends QmpException {
  private static final long serialVersionUID = 1L;

  private final String command;
  private final String errorClass;
  private final String description;

  /**
   * Creates the error.
   *
   * @param command the refused command
   * @param errorClass class as QEMU reports it, for example {@code GenericError}
   * @param description QEMU's sentence
   */
  public QmpErrorException(String command, String errorClass, String description) {
    super("QEMU refused " + command + ": " + description + " (" + errorClass + ")");
    this.command = command;
    this.errorClass = errorClass;
    this.description = description;
  }

  /**
   * The refused command.
   *
   * @return name of the command
   */
  public String command() {
    return command;
  }

  /**
   * Class of the error.
   *
   * @return for example {@code GenericError} or {@code CommandNotFound}
   */
  public String errorClass() {
    return errorClass;
  }

  /**
   * QEMU's own sentence.
   *
   * @return description, not meant to be parsed
   */
  public String description() {
    return description;
  }
}
