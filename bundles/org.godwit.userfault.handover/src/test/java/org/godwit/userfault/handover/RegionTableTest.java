package org.godwit.userfault.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.godwit.api.machine.GuestMemory;
import org.godwit.api.userfault.UserfaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firecracker's table of regions, in its versions. */
class RegionTableTest {
  private static final long FILE = 1L << 30;

  private static Optional<RegionTable> parse(String text) throws UserfaultException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return RegionTable.parse(bytes, bytes.length, FILE);
  }

  @Test
  void shouldReadTheTableOfTodaysFirecracker() throws Exception {
    RegionTable table =
        parse(
                """
                [{"base_host_virt_addr":140052441071616,"size":134217728,"offset":134217728,
                  "page_size":2097152,"page_size_kib":2097152},
                 {"base_host_virt_addr":139637976727552,"size":134217728,"offset":0,
                  "page_size":4096,"page_size_kib":4096}]
                """)
            .orElseThrow();
    assertEquals(
        new GuestMemory.Foreign(139637976727552L, 134217728, 4096),
        table.regions().get(0).memory(),
        "sorted by address");
    assertEquals(2097152, table.regions().get(1).memory().pageSize());
    assertEquals(134217728, table.regions().get(1).offset());
  }

  @Test
  void shouldReadTheTablesOfOlderOnes() throws Exception {
    String region = "[{\"base_host_virt_addr\":4096,\"size\":4194304,\"offset\":0%s}]";
    assertEquals(4096, onlyPageSize(region.formatted("")));
    assertEquals(4096, onlyPageSize(region.formatted(",\"page_size_kib\":4096")), "bytes");
    assertEquals(4096, onlyPageSize(region.formatted(",\"page_size_kib\":4")), "true to its name");
  }

  private static long onlyPageSize(String text) throws UserfaultException {
    return parse(text).orElseThrow().regions().getFirst().memory().pageSize();
  }

  @Test
  void shouldWaitForTheRestOfATable() throws Exception {
    String whole = "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0,\"page_size\":4096}]";
    for (int length = 0; length < whole.length(); length++) {
      assertTrue(parse(whole.substring(0, length)).isEmpty(), "after " + length);
    }
    assertTrue(parse(whole).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "]",
        "\"[\"",
        "[\"]\\\"\"]",
        "{}",
        "[]",
        "7",
        "[7]",
        "[{}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096}]",
        "[{\"base_host_virt_addr\":4096,\"size\":-4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":0,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4095,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4097,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":0,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":\"4096\",\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096.5,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":99999999999999999999,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":9223372036854771712,\"size\":4096,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":1073741824}]",
        "[{\"base_host_virt_addr\":4096,\"size\":1073745920,\"offset\":0}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":9223372036854775807}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0,\"page_size\":1}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0,\"page_size\":12288}]",
        "[{\"base_host_virt_addr\":4096,\"size\":4096,\"offset\":0,\"page_size\":4611686018427387904}]",
        "[{\"base_host_virt_addr\":4096,\"size\":8192,\"offset\":0},"
            + "{\"base_host_virt_addr\":8192,\"size\":4096,\"offset\":0}]"
      })
  void shouldRefuseTablesThatCannotBe(String text) {
    assertThrows(UserfaultException.class, () -> parse(text));
  }

  @Test
  void shouldRefuseMoreRegionsThanAnyMonitorHas() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 1; i <= 65; i++) {
      text.append("{\"base_host_virt_addr\":%d,\"size\":4096,\"offset\":0},".formatted(i * 4096));
    }
    text.setCharAt(text.length() - 1, ']');
    assertThrows(UserfaultException.class, () -> parse(text.toString()));
  }
}
