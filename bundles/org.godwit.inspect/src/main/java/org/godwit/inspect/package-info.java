/** Inspector of recorded migration streams. */
@NullMarked
package org.godwit.inspect;

import org.jspecify.annotations.NullMarked;
