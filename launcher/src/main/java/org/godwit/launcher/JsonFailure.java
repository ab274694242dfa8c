package org.godwit.launcher;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A failure as the document that a command would have answered; commands bring their own. */
final class JsonFailure {
  private static final Pattern TO_ESCAPE = Pattern.compile("[\\\\\"\\x00-\\x1f]");

  private JsonFailure() {}

  /** Whether the words of a command ask for JSON. */
  static boolean isWanted(List<String> words) {
    return words.contains("--json");
  }

  /** The document: an object {@code error} with {@code desc} and {@code status}. */
  static String of(String sentence, int status) {
    return """
    {
      "error" : {
        "desc" : "%s",
        "status" : %d
      }
    }"""
        .formatted(TO_ESCAPE.matcher(sentence).replaceAll(JsonFailure::escaped), status);
  }

  /** In the form of a replacement, in which a backslash stands for itself only if doubled. */
  private static String escaped(MatchResult match) {
    return "\\\\u%04x".formatted((int) match.group().charAt(0));
  }
}
