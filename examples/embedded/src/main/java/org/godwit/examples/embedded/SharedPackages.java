package org.godwit.examples.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.osgi.framework.Constants;

/**
 * The api packages on this program's class path, with the versions that the api's own manifest
 * gives: bundles ask for them by version.
 */
final class SharedPackages {
  private static final String API = "org.godwit.api";

  private SharedPackages() {}

  /** The api's exports, as the framework takes them. */
  static String exported() throws IOException {
    List<URL> manifests =
        Collections.list(
            SharedPackages.class.getClassLoader().getResources("META-INF/MANIFEST.MF"));
    for (URL manifest : manifests) {
      Attributes attributes = attributes(manifest);
      if (API.equals(attributes.getValue(Constants.BUNDLE_SYMBOLICNAME))) {
        return attributes.getValue(Constants.EXPORT_PACKAGE);
      }
    }
    throw new IOException("The bundle " + API + " is not on the class path of this program.");
  }

  private static Attributes attributes(URL manifest) throws IOException {
    try (InputStream in = manifest.openStream()) {
      return new Manifest(in).getMainAttributes();
    }
  }
}
