package org.godwit.it.relay;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a link breaks: in front of, inside or behind an item of the stream. As text for example
 * {@code before POSTCOPY_ADVISE}, {@code inside PAGE #5} (the fifth) or, in the other direction,
 * {@code after answer PONG 3}.
 *
 * @param when on which side of the item
 * @param answer whether it is an item of the return path
 * @param item its name
 * @param occurrence the how many, from 1
 */
public record Cut(When when, boolean answer, String item, int occurrence) {
  private static final Pattern TEXT =
      Pattern.compile("(before|inside|after) (answer )?([A-Za-z_ 0-9]+?)(?: #(\\d+))?");

  /** Which bytes of the item still arrive. */
  public enum When {
    /** None. */
    BEFORE,
    /** Half of them. */
    INSIDE,
    /** All of them. */
    AFTER;

    /** Stream offset at which the link breaks. */
    long offset(long begin, long end) {
      return switch (this) {
        case BEFORE -> begin;
        case INSIDE -> (begin + end) / 2;
        case AFTER -> end;
      };
    }
  }

  /** Reads the text form. */
  public static Cut parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no place in a stream: " + text);
    }
    return new Cut(
        When.valueOf(matcher.group(1).toUpperCase(java.util.Locale.ROOT)),
        matcher.group(2) != null,
        matcher.group(3),
        matcher.group(4) == null ? 1 : Integer.parseInt(matcher.group(4)));
  }
}
