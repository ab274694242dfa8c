/** Tests of the traps by the kernel. */
package org.godwit.userfault.linux;
