package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Request numbers built from structure sizes, against the numbers that the kernel headers give. */
class ConstantsTest {
  private static final StructLayout SEGMENT =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_SHORT,
          MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_BYTE));
  private static final StructLayout SREGS =
      MemoryLayout.structLayout(
          MemoryLayout.sequenceLayout(8, SEGMENT),
          MemoryLayout.sequenceLayout(2, MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG)),
          MemoryLayout.sequenceLayout(7, ValueLayout.JAVA_LONG),
          MemoryLayout.sequenceLayout(4, ValueLayout.JAVA_LONG));
  private static final StructLayout REGS =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(18, ValueLayout.JAVA_LONG));

  @Test
  void shouldBuildTheRequestsOfUserfaultfd() {
    assertEquals(0xaa00L, Userfaultfd.IOC_NEW);
    assertEquals(0xc018aa3fL, Userfaultfd.IOC_API);
    assertEquals(0xc020aa00L, Userfaultfd.IOC_REGISTER);
    assertEquals(0x8010aa01L, Userfaultfd.IOC_UNREGISTER);
    assertEquals(0x8010aa02L, Userfaultfd.IOC_WAKE);
    assertEquals(0xc028aa03L, Userfaultfd.IOC_COPY);
    assertEquals(0xc020aa04L, Userfaultfd.IOC_ZERO);
    assertEquals(0xc018aa06L, Userfaultfd.IOC_WRITE_PROTECT);
    assertEquals(0xc0606610L, Userfaultfd.IOC_PAGEMAP_SCAN);
    assertEquals(24, Userfaultfd.REGION.byteSize());
  }

  @Test
  void shouldBuildTheRequestsOfVcpuState() {
    assertEquals(REGS.byteSize(), KvmVcpu.Part.REGS.bytes());
    assertEquals(SREGS.byteSize(), KvmVcpu.Part.SREGS.bytes());
    assertRequests(0x8090ae81L, 0x4090ae82L, KvmVcpu.Part.REGS);
    assertRequests(0x8138ae83L, 0x4138ae84L, KvmVcpu.Part.SREGS);
    assertRequests(0x81a0ae8cL, 0x41a0ae8dL, KvmVcpu.Part.FPU);
    assertRequests(0x8400ae8eL, 0x4400ae8fL, KvmVcpu.Part.LAPIC);
    assertRequests(0x8004ae98L, 0x4004ae99L, KvmVcpu.Part.MP_STATE);
    assertRequests(0x8040ae9fL, 0x4040aea0L, KvmVcpu.Part.VCPU_EVENTS);
    assertRequests(0x8080aea1L, 0x4080aea2L, KvmVcpu.Part.DEBUGREGS);
    assertRequests(0x9000aea4L, 0x5000aea5L, KvmVcpu.Part.XSAVE);
    assertRequests(0x8188aea6L, 0x4188aea7L, KvmVcpu.Part.XCRS);
  }

  @Test
  void shouldBuildTheRequestsOfMachineState() {
    assertRequests(0xc208ae62L, 0x8208ae63L, KvmVm.Part.IRQCHIP);
    assertRequests(0x8070ae9fL, 0x4070aea0L, KvmVm.Part.PIT2);
    assertRequests(0x8030ae7cL, 0x4030ae7bL, KvmVm.Part.CLOCK);
  }

  private static void assertRequests(long get, long set, KvmVcpu.Part part) {
    assertEquals(get, part.getRequest(), part + " get");
    assertEquals(set, part.setRequest(), part + " set");
  }

  private static void assertRequests(long get, long set, KvmVm.Part part) {
    assertEquals(get, part.getRequest(), part + " get");
    assertEquals(set, part.setRequest(), part + " set");
  }
}
