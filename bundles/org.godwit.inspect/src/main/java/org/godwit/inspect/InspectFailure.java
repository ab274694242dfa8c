package org.godwit.inspect;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.IntSupplier;

/**
 * The command did not come to an undamaged end; the message is one sentence. As a supplier it gives
 * the exit status: the launcher, which ends a script with it, sees no type of this bundle.
 */
final class InspectFailure extends IOException implements IntSupplier {
  private static final long serialVersionUID = 1L;

  private final int status;

  InspectFailure(int status, String sentence) {
    super(sentence);
    this.status = status;
  }

  @Override
  public int getAsInt() {
    return status;
  }

  /** The failure as the document that stands in the place of the result. */
  String json() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.putObject("error").put("desc", getMessage()).put("status", status);
    return document.toPrettyString();
  }

  /** The sentence alone, which is what gogo's shell shows. */
  @Override
  @SuppressWarnings("OverrideThrowableToString") // the class name says nothing to a user
  public String toString() {
    return String.valueOf(getMessage());
  }
}
