package org.godwit.launcher;

/** The command line cannot be understood; the message is a sentence for the user. */
final class UsageException extends Exception {
  UsageException(String message) {
    super(message);
  }
}
