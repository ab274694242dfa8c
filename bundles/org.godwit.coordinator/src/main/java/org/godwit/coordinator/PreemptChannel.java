package org.godwit.coordinator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.migration.Capability;
import org.godwit.api.migration.Parameter;
import org.godwit.api.migration.Settings;

/**
 * When the channel of requested pages is opened and how it ends (postcopy, section 6). The
 * destination has it from its machine type; so has the source, unless it is told.
 */
enum PreemptChannel {
  /** There is none. */
  NONE,
  /** Machine types up to 7.2: right behind the main connection; ends with an EOS record. */
  AT_SETUP,
  /** Later machine types: at the switchover, after a PONG; is simply closed. */
  AT_SWITCHOVER;

  private static final Pattern RELEASE = Pattern.compile("-([0-9]{1,4})\\.([0-9]{1,4})$");

  static PreemptChannel of(Settings settings, String machineType) {
    if (!settings.has(Capability.POSTCOPY_PREEMPT)) {
      return NONE;
    }
    return switch (settings.text(Parameter.PREEMPT_CHANNEL)) {
      case "setup" -> AT_SETUP;
      case "switchover" -> AT_SWITCHOVER;
      default -> of(machineType);
    };
  }

  private static PreemptChannel of(String machineType) {
    Matcher release = RELEASE.matcher(machineType);
    if (!release.find()) {
      return AT_SWITCHOVER;
    }
    int major = Integer.parseInt(release.group(1));
    int minor = Integer.parseInt(release.group(2));
    return major < 7 || (major == 7 && minor <= 2) ? AT_SETUP : AT_SWITCHOVER;
  }
}
