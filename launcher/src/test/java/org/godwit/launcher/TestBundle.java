package org.godwit.launcher;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.BundleActivator;

/** Writes bundles of a single class. */
final class TestBundle {
  private TestBundle() {}

  static void write(Path file, Class<? extends BundleActivator> activator) throws IOException {
    Manifest manifest = new Manifest();
    Attributes headers = manifest.getMainAttributes();
    headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.putValue("Bundle-ManifestVersion", "2");
    headers.putValue("Bundle-SymbolicName", activator.getSimpleName());
    headers.putValue("Bundle-Activator", activator.getName());
    headers.putValue("Import-Package", "org.osgi.framework");
    String entry = activator.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest);
        InputStream code = activator.getClassLoader().getResourceAsStream(entry)) {
      jar.putNextEntry(new JarEntry(entry));
      assertNotNull(code, entry);
      code.transferTo(jar);
    }
  }
}
