/** Commands of the gogo shell and of the godwit program. */
@NullMarked
package org.godwit.shell;

import org.jspecify.annotations.NullMarked;
