package org.godwit.machine.mapped;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.godwit.api.machine.GuestOutput.Output;
import org.junit.jupiter.api.Test;

class OutputTailTest {
  @Test
  void shouldKeepAllOfAShortOutput() {
    OutputTail tail = new OutputTail();
    tail.write("line 1\n");
    tail.write(0x1ff);
    assertEquals(new Output(0, "line 1\n\u00ff"), tail.output());
  }

  @Test
  void shouldKeepTheLastMebibyteAndCountTheRest() {
    OutputTail tail = new OutputTail();
    String line = "x".repeat(99) + "\n";
    for (int i = 0; i < 20_000; i++) {
      tail.write(line);
    }
    tail.write("end");
    Output output = tail.output();
    assertEquals(1 << 20, output.text().length());
    assertEquals(2_000_003 - (1 << 20), output.dropped());
    assertTrue(output.text().endsWith("x\nend"));
  }

  @Test
  void shouldKeepTheOrderWhileItGrows() {
    OutputTail tail = new OutputTail();
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      tail.write(i + "\n");
      all.append(i).append('\n');
    }
    assertEquals(all.toString(), tail.output().text());
  }
}
