package org.godwit.wire.description;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import org.godwit.wire.WireException;

/** Turns the JSON text of a vmdescription into records and back. Stateless, thread-safe. */
public final class VmDescriptionCodec {

  private static final int DEEPEST = 200;
  private static final int LONGEST_TEXT = 4096;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(LONGEST_TEXT)
                  .maxNumberLength(30)
                  .build())
          .build();

  private VmDescriptionCodec() {}

  /**
   * Parses a description. What it does not know is skipped without being kept.
   *
   * @param json UTF-8 text, at most as long as the caller's limit
   * @param offset stream offset of the text, for the error
   * @return the description
   * @throws WireException of kind {@code DESCRIPTION} when it is no JSON or not of that form
   */
  public static VmDescription parse(byte[] json, long offset) throws WireException {
    return parse(json, 0, json.length, offset);
  }

  static VmDescription parse(byte[] json, int from, int length, long offset) throws WireException {
    try (JsonParser parser = FACTORY.createParser(json, from, length)) {
      parser.nextToken();
      VmDescription description = new DescribedNode(parser, offset).read().description();
      if (parser.nextToken() != null) {
        throw DescribedNode.fault(offset, "text behind the description");
      }
      return description;
    } catch (WireException e) {
      throw e;
    } catch (IOException e) {
      throw DescribedNode.fault(offset, "no readable JSON (" + firstLine(e) + ")");
    }
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no details");
  }

  /**
   * Writes a description in the form in which QEMU writes it: same order of keys, a blank after
   * each colon and comma.
   *
   * @param description the description
   * @return UTF-8 text
   */
  public static byte[] write(VmDescription description) {
    return new VmDescriptionText().description(description);
  }
}
