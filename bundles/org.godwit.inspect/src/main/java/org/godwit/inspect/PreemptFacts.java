package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.godwit.wire.ram.RamRecordKind;
import org.godwit.wire.ram.RamRecordReader;
import org.godwit.wire.walk.StreamVisitor;

/** Collects the records of a preempt channel. */
final class PreemptFacts implements StreamVisitor {

  private final RamCollector ram;
  private final PageFacts own = new PageFacts();
  private boolean ended;

  PreemptFacts(RamCollector ram) {
    this.ram = ram;
  }

  @Override
  public void ramRecord(RamRecordReader record, RamRecordKind kind) throws IOException {
    ram.store(record, kind);
    ram.count(record, kind);
    if (kind == RamRecordKind.EOS) {
      ended = true;
    } else {
      own.add(record, kind, ram.again(), false);
    }
  }

  ObjectNode describe() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("page_records", own.total());
    node.put("ends_with_eos_record", ended);
    node.put("records_with_continue_flag", own.continued());
    node.set("first", own.first());
    return node;
  }
}
