package org.godwit.transport.file;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.godwit.api.transport.Endpoint;
import org.godwit.api.transport.TransportException;
import org.godwit.api.transport.TransportException.Reason;

/**
 * A file and where in it the stream begins, as QEMU writes it: {@code PATH[,offset=N]}.
 *
 * @param path path of the file
 * @param offset bytes before the stream
 */
record FileAddress(String path, long offset) {
  private static final String OPTION = ",offset=";
  private static final Pattern SIZE = Pattern.compile("(0x[0-9a-f]{1,15}|[0-9]{1,15})([kmgt]?)");

  static FileAddress parse(Endpoint endpoint) throws TransportException {
    String text = endpoint.address();
    int option = text.lastIndexOf(OPTION);
    String path = option < 0 ? text : text.substring(0, option);
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      throw bad(endpoint, "it has no path; expected file:PATH or file:PATH,offset=N");
    }
    return new FileAddress(
        path, option < 0 ? 0 : size(endpoint, text.substring(option + OPTION.length())));
  }

  private static long size(Endpoint endpoint, String text) throws TransportException {
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw bad(
          endpoint, "\"" + text + "\" is no offset; expected a number, or one with k, M, G, T");
    }
    long number = Long.decode(decimal(matcher.group(1)));
    int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(matcher.group(2)));
    if (number > Long.MAX_VALUE >> shift) {
      throw bad(endpoint, "offset " + text + " is larger than any file");
    }
    return number << shift;
  }

  /** {@link Long#decode} takes a leading zero for octal; sizes do not. */
  private static String decimal(String number) {
    return number.startsWith("0x") ? number : number.replaceFirst("^0+(?=[0-9])", "");
  }

  private static TransportException bad(Endpoint endpoint, String why) {
    return new TransportException(Reason.BAD_ADDRESS, "Bad address " + endpoint + ": " + why);
  }
}
