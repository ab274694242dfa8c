package org.godwit.shell.command;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.godwit.api.migration.MigrationException;
import org.jspecify.annotations.Nullable;

/** Turns exceptions into what a user reads: what could not be done, and why. */
public final class Sentences {
  private Sentences() {}

  /**
   * The message of a fault and of its causes, each said once. The engine's own faults say all that
   * is to be said.
   */
  public static String of(Throwable fault) {
    if (fault instanceof MigrationException) {
      return own(fault);
    }
    StringBuilder text = new StringBuilder(own(fault));
    for (Throwable cause = fault.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof NumberFormatException) {
        continue; // tells how Java parses numbers; what is wrong was said
      }
      String more = own(cause);
      if (text.indexOf(more) < 0 && text.indexOf(String.valueOf(cause.getMessage())) < 0) {
        text.append(": ").append(more);
      }
    }
    return text.toString();
  }

  private static String own(Throwable fault) {
    @Nullable String message = fault.getMessage();
    if (message == null || message.isBlank()) {
      return fault.getClass().getSimpleName();
    }
    return switch (fault) {
      case NoSuchFileException e -> e.getMessage() + " does not exist";
      case FileAlreadyExistsException e -> e.getMessage() + " exists already";
      case AccessDeniedException e -> e.getMessage() + " may not be accessed by this user";
      case NotDirectoryException e -> e.getMessage() + " is no directory";
      case FileSystemException e when e.getReason() == null ->
          e.getMessage() + " cannot be made or accessed";
      default -> message;
    };
  }
}
