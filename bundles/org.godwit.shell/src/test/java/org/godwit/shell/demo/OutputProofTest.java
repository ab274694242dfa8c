package org.godwit.shell.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OutputProofTest {
  @Test
  void shouldHoldWhenTheMoveCutsALine() {
    OutputProof proof = OutputProof.of("round 1\nround 2\nrou", "nd 3\nround 4\nrou");
    assertTrue(proof.holds());
    assertEquals(new OutputProof(4, 1, 2, 4, proof.fault()), proof);
  }

  @Test
  void shouldSeeAGap() {
    OutputProof proof = OutputProof.of("round 1\nround 2\n", "round 4\n");
    assertEquals("output has a gap: line 4 follows line 2", proof.fault().orElseThrow());
  }

  @Test
  void shouldSeeARepeat() {
    OutputProof proof = OutputProof.of("round 1\nround 2\n", "round 2\nround 3\n");
    assertEquals("output repeats: line 2 follows line 2", proof.fault().orElseThrow());
  }

  @Test
  void shouldNotHoldWhenTheGuestDoesNotGoOn() {
    assertFalse(OutputProof.of("round 1\nround 2\n", "").holds());
    assertFalse(OutputProof.of("", "").holds());
  }
}
