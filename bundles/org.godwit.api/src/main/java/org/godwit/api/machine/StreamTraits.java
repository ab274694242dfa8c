package org.godwit.api.machine;

/**
 * Properties of the stream that follow from the machine type (stream format, section 9).
 *
 * @param configuration a configuration section is sent and expected
 * @param footers sections end with a footer
 * @param switchoverStart command SWITCHOVER_START is sent (machine types 10.0 and newer)
 */
public record StreamTraits(boolean configuration, boolean footers, boolean switchoverStart) {
  /** Machine types 2.4 to 9.2, and Godwit's own. */
  public static final StreamTraits USUAL = new StreamTraits(true, true, false);
}
