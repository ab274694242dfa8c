package org.godwit.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.util.CachingDateFormatter;

/**
 * One line a message: a fault adds what its innermost cause says, if the message does not say it
 * already. Stack traces stand below errors, and below everything where debugging was asked for.
 * Safe for use by several threads, as all of its parts are.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
  private final CachingDateFormatter time = new CachingDateFormatter("HH:mm:ss.SSS");
  private final boolean stacks;

  /**
   * Creates a layout.
   *
   * @param stacks true to print the stack trace of every fault, not only those logged as errors
   */
  LineLayout(boolean stacks) {
    this.stacks = stacks;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    line.append(time.format(event.getTimeStamp())).append(' ').append(event.getLevel());
    line.append(' ').append(shortName(event.getLoggerName())).append(": ");
    line.append(event.getFormattedMessage());
    IThrowableProxy fault = event.getThrowableProxy();
    if (fault == null) {
      return line.append(System.lineSeparator()).toString();
    }
    appendCause(line, fault);
    line.append(System.lineSeparator());
    if (stacks || event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      line.append(ThrowableProxyUtil.asString(fault));
    }
    return line.toString();
  }

  private static String shortName(String logger) {
    return logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static void appendCause(StringBuilder line, IThrowableProxy fault) {
    IThrowableProxy innermost = fault;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    String told = message == null ? innermost.getClassName() : message;
    if (line.indexOf(told) < 0) {
      line.append(" (").append(told).append(')');
    }
  }
}
