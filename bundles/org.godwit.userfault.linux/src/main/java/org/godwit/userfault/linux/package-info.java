/** Missing pages of this process, trapped by the kernel's userfaultfd. */
@NullMarked
package org.godwit.userfault.linux;

import org.jspecify.annotations.NullMarked;
