package org.godwit.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The sentences for hosts that trap no pages. */
class UserfaultOpeningTest {
  @Test
  void shouldSayWhichPermissionIsMissing() {
    String sentence = message(Errno.EACCES, Errno.EPERM);
    for (String remedy :
        new String[] {
          "may not open /dev/userfaultfd", "CAP_SYS_PTRACE", "vm.unprivileged_userfaultfd=1"
        }) {
      assertTrue(sentence.contains(remedy), sentence);
    }
  }

  @Test
  void shouldSayThatThereIsNoDevice() {
    String sentence = message(Errno.ENOENT, Errno.EPERM);
    assertTrue(sentence.contains("there is no /dev/userfaultfd"), sentence);
  }

  @Test
  void shouldNotAskForPermissionsWhereTheKernelHasNoSuchThing() {
    LinuxException e = UserfaultOpening.refusal(Errno.ENOENT, Errno.ENOSYS);
    assertEquals(Errno.ENOSYS, e.errno());
    assertTrue(message(Errno.ENOENT, Errno.ENOSYS).contains("CONFIG_USERFAULTFD"));
    assertTrue(!message(Errno.ENOENT, Errno.ENOSYS).contains("CAP_SYS_PTRACE"));
  }

  private static String message(int device, int call) {
    return String.valueOf(UserfaultOpening.refusal(device, call).getMessage());
  }
}
