/** JMH benchmarks of the hot paths, and benchmarks of whole migrations against QEMU. */
@NullMarked
package org.godwit.benchmarks;

import org.jspecify.annotations.NullMarked;
