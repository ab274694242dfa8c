package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.godwit.wire.command.Command;

/** Describes commands. */
final class CommandFacts {

  private CommandFacts() {}

  static void add(ArrayNode list, long offset, Command command, boolean inPackage) {
    ObjectNode node = list.addObject();
    node.put("cmd", command.wireName());
    switch (command) {
      case Command.Ping ping -> node.put("len", 4).put("value", ping.value());
      case Command.Packaged packaged -> node.put("len", 4).put("size", packaged.size());
      case Command.RecvBitmap bitmap ->
          node.put("len", 1 + bitmap.block().length()).put("block", bitmap.block());
      case Command.PostcopyAdvise advise -> advise(node, advise);
      case Command.PostcopyRamDiscard discard -> discard(node, discard);
      default -> node.put("len", 0);
    }
    node.put("offset", offset);
    node.put("in_package", inPackage);
  }

  private static void advise(ObjectNode node, Command.PostcopyAdvise advise) {
    if (advise.pageSizes().isEmpty()) {
      node.put("len", 0);
      return;
    }
    node.put("len", 16);
    node.put("pagesizes", advise.pageSizes().get().summary());
    node.put("tps", advise.pageSizes().get().targetPage());
  }

  private static void discard(ObjectNode node, Command.PostcopyRamDiscard discard) {
    node.put("len", 3 + discard.block().length() + 16 * discard.ranges().size());
    node.put("block", discard.block());
    ArrayNode ranges = node.putArray("ranges");
    for (Command.Range range : discard.ranges()) {
      ranges.addArray().add(range.start()).add(range.length());
    }
  }
}
