/** Commands with QEMU's names for migrations, and how migrations are shown. */
@NullMarked
package org.godwit.shell.migration;

import org.jspecify.annotations.NullMarked;
