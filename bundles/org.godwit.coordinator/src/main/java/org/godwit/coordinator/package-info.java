/** State machines of outgoing and incoming migrations. */
@NullMarked
package org.godwit.coordinator;

import org.jspecify.annotations.NullMarked;
