/** Missing pages without help of the kernel, for guests whose accesses pass through Godwit. */
@NullMarked
package org.godwit.userfault.software;

import org.jspecify.annotations.NullMarked;
