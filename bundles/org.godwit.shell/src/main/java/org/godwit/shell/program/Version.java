package org.godwit.shell.program;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import org.godwit.shell.command.ShellCommand;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import picocli.CommandLine.Command;

/** {@code version}. */
@Command(
    name = "version",
    description = "Tell the versions of Godwit, Java and the OSGi framework.")
final class Version extends ShellCommand {
  private final BundleContext context;

  Version(BundleContext context) {
    this.context = context;
  }

  @Override
  public void run() throws IOException {
    var framework = context.getBundle(Constants.SYSTEM_BUNDLE_ID);
    String version = context.getBundle().getVersion().toString();
    String java = Runtime.version().toString();
    if (json()) {
      print(
          JsonNodeFactory.instance
              .objectNode()
              .put("godwit", version)
              .put("java", java)
              .put("framework", framework.getSymbolicName() + " " + framework.getVersion()));
    } else {
      say("godwit " + version);
      say("java " + java);
      say("%s %s".formatted(framework.getSymbolicName(), framework.getVersion()));
    }
  }
}
