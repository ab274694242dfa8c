package org.godwit.features;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a Karaf features file says: for each feature the features and bundles that it names. */
final class FeatureFile {
  private final Map<String, Element> features = new LinkedHashMap<>();

  FeatureFile(Path file) throws Exception {
    Element root =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(file.toFile())
            .getDocumentElement();
    for (Element feature : children(root, "feature")) {
      features.put(feature.getAttribute("name"), feature);
    }
  }

  Collection<String> names() {
    return features.keySet();
  }

  /** Addresses of the bundles of a feature and of those that it includes. */
  Set<String> bundles(String name) {
    Element feature = features.get(name);
    if (feature == null) {
      throw new AssertionError("the file names a feature that it does not have: " + name);
    }
    Set<String> found = new LinkedHashSet<>();
    children(feature, "feature")
        .forEach(included -> found.addAll(bundles(included.getTextContent().strip())));
    children(feature, "bundle").forEach(bundle -> found.add(bundle.getTextContent().strip()));
    return found;
  }

  private static List<Element> children(Element parent, String tag) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = parent.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element element && element.getTagName().equals(tag)) {
        found.add(element);
      }
    }
    return found;
  }
}
