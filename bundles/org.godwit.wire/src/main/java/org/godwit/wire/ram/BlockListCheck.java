package org.godwit.wire.ram;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.godwit.wire.WireException;

/** Compares a received block list with the local machine's (stream-format 4.2). Stateless. */
public final class BlockListCheck {

  private BlockListCheck() {}

  /**
   * Refuses unknown blocks and blocks of another length or page size.
   *
   * @param received list of the stream
   * @param local blocks of this machine
   * @param resizable names of the local blocks that may change their length
   * @param offset stream offset of the list, for the error
   * @return names of local blocks that the stream does not list; legal, but worth a warning
   * @throws WireException of kind {@code BLOCK_LIST}
   */
  public static List<String> check(
      RamBlockList received, RamBlockList local, Set<String> resizable, long offset)
      throws WireException {
    for (RamBlockEntry entry : received.entries()) {
      int index = local.indexOf(entry.name());
      if (index < 0) {
        throw fault(offset, "RAM block \"" + entry.name() + "\"", "a block of this machine");
      }
      compare(entry, local.get(index), resizable, offset);
    }
    List<String> missing = new ArrayList<>();
    for (RamBlockEntry entry : local.entries()) {
      if (received.indexOf(entry.name()) < 0) {
        missing.add(entry.name());
      }
    }
    return missing;
  }

  private static void compare(
      RamBlockEntry received, RamBlockEntry local, Set<String> resizable, long offset)
      throws WireException {
    if (received.usedLength() != local.usedLength() && !resizable.contains(local.name())) {
      throw fault(
          offset,
          "RAM block \"" + received.name() + "\" of " + received.usedLength() + " bytes",
          local.usedLength() + " bytes");
    }
    if (received.pageSize().isPresent()
        && local.pageSize().isPresent()
        && received.pageSize().getAsLong() != local.pageSize().getAsLong()) {
      throw fault(
          offset,
          "RAM block \""
              + received.name()
              + "\" with pages of "
              + received.pageSize().getAsLong()
              + " bytes",
          "pages of " + local.pageSize().getAsLong() + " bytes");
    }
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.BLOCK_LIST, offset, found, allowed);
  }
}
