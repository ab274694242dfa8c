package org.godwit.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** Reads and writes the body of the configuration section, after its type byte. */
final class ConfigurationCodec {

  private static final int MAX_NAME = 255;
  private static final int MAX_CAPABILITIES = 64;

  private final WireInput in;
  private OptionalInt pageBits = OptionalInt.empty();
  private List<String> capabilities = List.of();
  private Optional<UUID> uuid = Optional.empty();

  private ConfigurationCodec(WireInput in) {
    this.in = in;
  }

  static Configuration read(WireInput in) throws IOException {
    return new ConfigurationCodec(in).read();
  }

  private Configuration read() throws IOException {
    String machine = machineName();
    while (Peek.nextIs(in, SectionType.SUBSECTION.code())) {
      in.skip(1);
      subsection();
    }
    return new Configuration(machine, pageBits, capabilities, uuid);
  }

  private String machineName() throws IOException {
    long offset = in.position();
    long length = in.be32();
    if (length < 1 || length > MAX_NAME) {
      throw fault(offset, "a machine type name of " + length + " bytes", "1 to " + MAX_NAME);
    }
    return Peek.string(in, (int) length);
  }

  private void subsection() throws IOException {
    long offset = in.position();
    String name = in.countedString();
    long version = in.be32();
    if (version != 1) {
      throw fault(offset, "version " + version + " of subsection \"" + name + "\"", "version 1");
    }
    switch (name) {
      case Configuration.PAGE_BITS -> pageBits = OptionalInt.of(bits());
      case Configuration.CAPABILITIES -> capabilities = names();
      case Configuration.UUID_NAME -> uuid = Optional.of(new UUID(in.be64(), in.be64()));
      default ->
          throw fault(
              offset,
              "configuration subsection \"" + name + "\"",
              "target-page-bits, capabilities or uuid");
    }
  }

  private int bits() throws IOException {
    long offset = in.position();
    long bits = in.be32();
    if (bits < 10 || bits > 30) {
      throw fault(offset, "target page bits " + bits, "10 to 30");
    }
    return (int) bits;
  }

  private List<String> names() throws IOException {
    long offset = in.position();
    long count = in.be32();
    if (count > MAX_CAPABILITIES) {
      throw fault(offset, count + " capabilities", "at most " + MAX_CAPABILITIES);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(in.countedString());
    }
    return names;
  }

  private static WireException fault(long offset, String found, String allowed) {
    return new WireException(WireException.Kind.CONFIGURATION, offset, found, allowed);
  }

  static void write(WireOutput out, Configuration configuration) throws IOException {
    byte[] name = CountedStrings.encode(configuration.machineType());
    out.be32(name.length);
    out.bytes(MemorySegment.ofArray(name), 0, name.length);
    if (configuration.pageBits().isPresent()) {
      head(out, Configuration.PAGE_BITS);
      out.be32(configuration.pageBits().getAsInt());
    }
    if (!configuration.capabilities().isEmpty()) {
      head(out, Configuration.CAPABILITIES);
      writeNames(out, configuration.capabilities());
    }
    if (configuration.uuid().isPresent()) {
      head(out, Configuration.UUID_NAME);
      out.be64(configuration.uuid().get().getMostSignificantBits());
      out.be64(configuration.uuid().get().getLeastSignificantBits());
    }
  }

  private static void writeNames(WireOutput out, List<String> names) throws IOException {
    out.be32(names.size());
    for (String name : names) {
      out.countedString(name);
    }
  }

  private static void head(WireOutput out, String name) throws IOException {
    out.u8(SectionType.SUBSECTION.code());
    out.countedString(name);
    out.be32(1);
  }
}
