/** The demo: a guest moves between two containers of its own, and proves that it arrived. */
@NullMarked
package org.godwit.shell.demo;

import org.jspecify.annotations.NullMarked;
