package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.godwit.wire.Limits;
import org.godwit.wire.WireException;
import org.godwit.wire.colo.ColoMessage;
import org.godwit.wire.returnpath.ReturnPathMessage;
import org.godwit.wire.returnpath.ReturnPathReader;

/** Describes a recording of the reverse direction, up to its first damage. */
final class ReturnPathFacts {

  private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();
  private Optional<Damage> damage = Optional.empty();

  ArrayNode messages() {
    return messages;
  }

  Optional<Damage> damage() {
    return damage;
  }

  void read(Path path) throws IOException {
    try (RecordedFile file = new RecordedFile(path, 0)) {
      ReturnPathReader reader = new ReturnPathReader(file.input(), Limits.DEFAULT);
      Optional<ReturnPathMessage> message = reader.next();
      while (message.isPresent()) {
        add(message.get());
        message = reader.next();
      }
    } catch (WireException e) {
      damage = Optional.of(Damage.of(path, e));
    }
  }

  void readColo(Path path) throws IOException {
    try (RecordedFile file = new RecordedFile(path, 0)) {
      while (!file.input().atEnd()) {
        messages.add(ColoMessage.read(file.input()).name());
      }
    } catch (WireException e) {
      damage = Optional.of(Damage.of(path, e));
    }
  }

  private void add(ReturnPathMessage message) {
    ObjectNode node = messages.addObject();
    node.put("msg", message.wireName());
    switch (message) {
      case ReturnPathMessage.Shut shut -> node.put("len", 4).put("value", shut.value());
      case ReturnPathMessage.Pong pong -> node.put("len", 4).put("value", pong.value());
      case ReturnPathMessage.ResumeAck ack -> node.put("len", 4).put("value", 1);
      case ReturnPathMessage.SwitchoverAck ack -> node.put("len", 0);
      case ReturnPathMessage.ReqPages pages ->
          node.put("len", 12).put("page_offset", pages.start()).put("length", pages.length());
      case ReturnPathMessage.ReqPagesId pages ->
          node.put("len", 13 + pages.block().length())
              .put("block", pages.block())
              .put("page_offset", pages.start())
              .put("length", pages.length());
      case ReturnPathMessage.RecvBitmap bitmap ->
          node.put("len", 1 + bitmap.block().length())
              .put("block", bitmap.block())
              .put("bitmap_len", bitmap.bitmap().length)
              .put("bitmap_sha256", Digests.hex(bitmap.bitmap()))
              .put("bits_set", bitmap.received());
    }
  }
}
