package org.godwit.userfault.handover;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.UserfaultException;

/**
 * Where the guest memory of another process lies, and where its content lies in the file.
 *
 * <p>Format: a JSON array of objects with {@code base_host_virt_addr}, {@code size} and {@code
 * offset} in bytes, and the page size. Firecracker's name for that is {@code page_size}; before
 * 1.10 it was {@code page_size_kib}, which held bytes too, in spite of its name; still older ones
 * send neither and mean 4096. Members that are not known are passed over.
 */
record RegionTable(List<Region> regions) {
  /** More than any monitor needs: Firecracker sends one or two. */
  private static final int MAX_REGIONS = 64;

  private static final long SMALL_PAGE = 4096;

  /**
   * Room for pages is allocated before the first fault, so a table cannot be believed about it;
   * Firecracker has pages of 4 KiB and 2 MiB.
   */
  private static final long LARGEST_PAGE = 2L << 20;

  /** Characters of somebody else's text in a message. */
  private static final int QUOTED = 200;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** One range; {@code offset} is that of its first byte in the file. */
  record Region(GuestMemory.Foreign memory, long offset) {}

  /**
   * Reads a table if it is all there.
   *
   * @return empty if more has to be received
   */
  static Optional<RegionTable> parse(byte[] text, int length, long fileSize)
      throws UserfaultException {
    if (!whole(text, length)) {
      return Optional.empty();
    }
    try (var parser = JSON.createParser(text, 0, length)) {
      return Optional.of(new RegionTable(regions(JSON.readTree(parser), fileSize)));
    } catch (JacksonException e) {
      throw new UserfaultException("The region table is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UserfaultException("The region table cannot be read", e);
    }
  }

  /** Whether every bracket is closed; what begins with none can be judged at once. */
  private static boolean whole(byte[] text, int length) {
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < length; i++) {
      byte c = text[i];
      if (quoted) {
        i += c == '\\' ? 1 : 0;
        quoted = c != '"';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      }
      if (depth <= 0 && !quoted && c > ' ') {
        return true;
      }
    }
    return false;
  }

  private static List<Region> regions(JsonNode root, long fileSize) throws UserfaultException {
    if (!root.isArray() || root.isEmpty() || root.size() > MAX_REGIONS) {
      throw new UserfaultException(
          "The region table is no array of 1 to " + MAX_REGIONS + " regions");
    }
    List<Region> regions = new ArrayList<>();
    for (JsonNode entry : root) {
      regions.add(region(entry, fileSize));
    }
    regions.sort(Comparator.comparingLong(region -> region.memory().address()));
    for (int i = 1; i < regions.size(); i++) {
      GuestMemory.Foreign before = regions.get(i - 1).memory();
      if (before.address() + before.length() > regions.get(i).memory().address()) {
        throw new UserfaultException(
            "Regions at 0x%x and 0x%x overlap"
                .formatted(before.address(), regions.get(i).memory().address()));
      }
    }
    return List.copyOf(regions);
  }

  private static Region region(JsonNode entry, long fileSize) throws UserfaultException {
    long address = number(entry, "base_host_virt_addr");
    long size = number(entry, "size");
    long offset = number(entry, "offset");
    if (size > fileSize || offset > fileSize - size) {
      throw new UserfaultException(
          "Region at 0x%x wants bytes %d to %d of a file of %d"
              .formatted(address, offset, offset + size, fileSize));
    }
    long pageSize = pageSize(entry);
    if (size / pageSize > Integer.MAX_VALUE) {
      throw new UserfaultException(
          "Region at 0x%x has %d bytes, too many for pages of %d bytes"
              .formatted(address, size, pageSize));
    }
    try {
      return new Region(new GuestMemory.Foreign(address, size, pageSize), offset);
    } catch (IllegalArgumentException e) {
      throw new UserfaultException("The region table has a bad region: " + e.getMessage(), e);
    }
  }

  private static long pageSize(JsonNode entry) throws UserfaultException {
    if (entry.has("page_size")) {
      return bounded(number(entry, "page_size"));
    }
    if (!entry.has("page_size_kib")) {
      return SMALL_PAGE;
    }
    long value = number(entry, "page_size_kib");
    // No page is smaller than 4096 bytes, so a smaller number can only mean what the name says.
    return bounded(value < SMALL_PAGE ? value * 1024 : value);
  }

  private static long bounded(long bytes) throws UserfaultException {
    if (bytes < SMALL_PAGE || bytes > LARGEST_PAGE) {
      throw new UserfaultException(
          "Pages of %d bytes are not between %d and %d bytes"
              .formatted(bytes, SMALL_PAGE, LARGEST_PAGE));
    }
    return bytes;
  }

  private static long number(JsonNode entry, String name) throws UserfaultException {
    JsonNode value = entry.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      String text = entry.toString();
      throw new UserfaultException(
          "The region table has no number %s in %s"
              .formatted(name, text.substring(0, Math.min(text.length(), QUOTED))));
    }
    return value.longValue();
  }
}
