/** Page faults of other processes, handed over as Firecracker does, served from a file. */
@NullMarked
package org.godwit.userfault.handover;

import org.jspecify.annotations.NullMarked;
