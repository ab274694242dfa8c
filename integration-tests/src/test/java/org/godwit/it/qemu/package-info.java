/** Real QEMU guests move into Godwit and out of it again. */
package org.godwit.it.qemu;
