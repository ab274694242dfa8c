package org.godwit.wire.description;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/** JSON text of one description. */
final class VmDescriptionText {

  private final StringBuilder text = new StringBuilder(1024);

  byte[] description(VmDescription description) {
    text.append('{');
    description
        .configuration()
        .ifPresent(
            state -> {
              text.append("\"configuration\": {");
              state(state);
              text.append("}, ");
            });
    text.append("\"page_size\": ").append(description.pageSize()).append(", \"devices\": ");
    list(description.devices(), this::device);
    text.append('}');
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void device(DeviceDescription device) {
    text.append("{\"name\": ");
    string(device.name());
    text.append(", \"instance_id\": ").append(device.instanceId()).append(", ");
    state(device.state());
    text.append('}');
  }

  private void state(StateDescription state) {
    text.append("\"vmsd_name\": ");
    string(state.vmsdName());
    text.append(", \"version\": ").append(state.version()).append(", \"fields\": ");
    list(state.fields(), this::field);
    if (!state.subsections().isEmpty()) {
      text.append(", \"subsections\": ");
      list(
          state.subsections(),
          subsection -> {
            text.append('{');
            state(subsection);
            text.append('}');
          });
    }
  }

  private void field(FieldDescription field) {
    text.append("{\"name\": ");
    string(field.name());
    field.index().ifPresent(index -> text.append(", \"index\": ").append(index));
    field.arrayLength().ifPresent(length -> text.append(", \"array_len\": ").append(length));
    text.append(", \"type\": ");
    string(field.type());
    field.nested().ifPresent(nested -> nested(nested, field.inline()));
    text.append(", \"size\": ").append(field.size()).append('}');
  }

  private void nested(StateDescription nested, boolean inline) {
    text.append(inline ? ", " : ", \"struct\": {");
    state(nested);
    if (!inline) {
      text.append('}');
    }
  }

  private void string(String value) {
    text.append('"');
    JsonStringEncoder.getInstance().quoteAsString(value, text);
    text.append('"');
  }

  private <T> void list(List<T> items, Consumer<T> writer) {
    text.append('[');
    Iterator<T> iterator = items.iterator();
    while (iterator.hasNext()) {
      writer.accept(iterator.next());
      if (iterator.hasNext()) {
        text.append(", ");
      }
    }
    text.append(']');
  }
}
