package org.godwit.machine.kvm;

import static org.godwit.api.savestate.StateField.unsigned;

import org.godwit.api.savestate.StateLayout;
import org.godwit.api.savestate.StateValues;
import org.godwit.machine.mapped.OutputTail;

/**
 * The transmitting half of a 16550 at port 0x3f8: what the guest writes is its output; it is always
 * ready for more, nothing is ever received, and no interrupt is raised.
 *
 * <p>Used by the vCPUs' threads and, while they are stopped, by whoever saves or loads.
 */
final class SerialPort {
  static final int BASE = 0x3f8;
  static final int PORTS = 8;

  static final StateLayout LAYOUT =
      StateLayout.of(
          "serial",
          1,
          unsigned("divisor", 16),
          unsigned("ier", 8),
          unsigned("fcr", 8),
          unsigned("lcr", 8),
          unsigned("mcr", 8),
          unsigned("scr", 8));

  private static final int DIVISOR_LATCH = 0x80;
  private static final int TRANSMITTER_EMPTY = 0x60;
  private static final int NO_INTERRUPT = 0x01;
  private static final int CLEAR_TO_SEND = 0xb0;

  private final OutputTail output;
  private int divisor = 12;
  private int ier;
  private int fcr;
  private int lcr;
  private int mcr;
  private int scr;

  SerialPort(OutputTail output) {
    this.output = output;
  }

  synchronized void write(int register, int value) {
    boolean latch = (lcr & DIVISOR_LATCH) != 0;
    switch (register) {
      case 0 -> {
        if (latch) {
          divisor = (divisor & 0xff00) | value;
        } else {
          output.write(value);
        }
      }
      case 1 -> {
        if (latch) {
          divisor = (divisor & 0xff) | value << 8;
        } else {
          ier = value & 0xf;
        }
      }
      case 2 -> fcr = value;
      case 3 -> lcr = value;
      case 4 -> mcr = value & 0x1f;
      case 7 -> scr = value;
      default -> {
        // status registers are read-only
      }
    }
  }

  synchronized int read(int register) {
    boolean latch = (lcr & DIVISOR_LATCH) != 0;
    return switch (register) {
      case 0 -> latch ? divisor & 0xff : 0;
      case 1 -> latch ? divisor >> 8 : ier;
      case 2 -> NO_INTERRUPT;
      case 3 -> lcr;
      case 4 -> mcr;
      case 5 -> TRANSMITTER_EMPTY;
      case 6 -> CLEAR_TO_SEND;
      default -> scr;
    };
  }

  synchronized StateValues save() {
    return new StateValues()
        .put("divisor", divisor)
        .put("ier", ier)
        .put("fcr", fcr)
        .put("lcr", lcr)
        .put("mcr", mcr)
        .put("scr", scr);
  }

  synchronized void load(StateValues values) {
    divisor = (int) values.number("divisor");
    ier = (int) values.number("ier");
    fcr = (int) values.number("fcr");
    lcr = (int) values.number("lcr");
    mcr = (int) values.number("mcr");
    scr = (int) values.number("scr");
  }
}
