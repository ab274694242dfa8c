import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the report of the baseline plugin and holds packages below 1.0.0 to a rule, which the plugin itself lets change
 * at will: an addition or an incompatible change has to raise the minor version.
 *
 * <p>Run as {@code java cnf/checks/BaselineReport.java REPORT}; exit status 1 and one line for each package whose
 * version is too low.
 */
public final class BaselineReport {
  private static final Pattern PACKAGE =
      Pattern.compile("^[ *]+(\\S+)\\s+PACKAGE\\s+(\\S+)\\s+(\\d+)\\.(\\d+)\\S*\\s+(\\d+)\\.(\\d+)\\S*\\s.*$");

  private BaselineReport() {}

  /** Checks the report that the first argument names. */
  public static void main(String[] arguments) throws IOException {
    List<String> findings = new ArrayList<>();
    int packages = 0;
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      Matcher row = PACKAGE.matcher(line);
      if (row.matches()) {
        packages++;
        check(row, findings);
      }
    }
    findings.forEach(System.err::println);
    if (packages == 0) {
      System.err.println(arguments[0] + " names no package");
    }
    System.exit(findings.isEmpty() && packages > 0 ? 0 : 1);
  }

  private static void check(Matcher row, List<String> findings) {
    String delta = row.group(2);
    int newMajor = Integer.parseInt(row.group(3));
    int newMinor = Integer.parseInt(row.group(4));
    int oldMajor = Integer.parseInt(row.group(5));
    int oldMinor = Integer.parseInt(row.group(6));
    boolean changed = delta.equals("MAJOR") || delta.equals("MINOR");
    boolean raised = newMajor > oldMajor || newMinor > oldMinor;
    if (changed && oldMajor == 0 && !raised) {
      findings.add(
          "%s changed (%s) since its release as %d.%d and needs the version 0.%d.0"
              .formatted(row.group(1), delta.toLowerCase(java.util.Locale.ROOT), oldMajor, oldMinor, oldMinor + 1));
    }
  }
}
