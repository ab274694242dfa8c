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
  private static final int BAR = 24;

  /** The bar with phase and details, cut to the width. */
  public String line(int width) {
    String text = "%-10s %s %s".formatted(phase, done < 0 ? "" : bar() + " " + percent(), details);
    return text.length() <= width ? text : text.substring(0, width);
  }

  /** The same without a bar, for logs. */
  public String plain() {
    String part = done < 0 ? "" : " " + percent().strip();
    return "%s  %s%s  %s".formatted(Units.time(elapsed), phase, part, details);
  }

  private String bar() {
    int full = (int) Math.round(Math.clamp(done, 0, 1) * BAR);
    return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
  }

  private String percent() {
    return "%3d %%".formatted((int) Math.floor(Math.clamp(done, 0, 1) * 100));
  }
}
