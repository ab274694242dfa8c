package org.godwit.shell.text;

import java.time.Duration;

/**
 * One look at work under way.
 *
 * @param phase word for what is being done, for example {@code active}
 * @param done part of the work that is done, from 0 to 1; negative if not known
 * @param details what else to say, for example rates
 * @param elapsed since begin
 */
public record Progress(String phase, double done, String details, Duration elapsed) {
  /** Columns for everything else, figures at their usual length. */
  private static final int BESIDES = 79;

  private static final int SHORTEST = 6;
  private static final int LONGEST = 30;

  /** The bar with phase and details, cut to the width. */
  public String line(int width) {
    int length = Math.clamp(width - BESIDES, SHORTEST, LONGEST);
    String bar = done < 0 ? "" : bar(length) + " " + percent();
    String text = "%-9s %s %s".formatted(phase, bar, details);
    return text.length() <= width ? text : text.substring(0, width);
  }

  /** The same without a bar, for logs. */
  public String plain() {
    String part = done < 0 ? "" : " " + percent().strip();
    return "%s  %s%s  %s".formatted(Units.time(elapsed), phase, part, details);
  }

  private String bar(int length) {
    int full = (int) Math.round(Math.clamp(done, 0, 1) * length);
    return "[" + "#".repeat(full) + ".".repeat(length - full) + "]";
  }

  private String percent() {
    return "%3d%%".formatted((int) Math.floor(Math.clamp(done, 0, 1) * 100));
  }
}
