/** How fast missing pages are served, next to a handler in C. */
@NullMarked
package org.godwit.benchmarks.faults;

import org.jspecify.annotations.NullMarked;
