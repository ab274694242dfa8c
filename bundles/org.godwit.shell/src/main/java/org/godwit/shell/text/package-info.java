/** How figures, tables and progress look on a terminal and in a log. No OSGi in here. */
@NullMarked
package org.godwit.shell.text;

import org.jspecify.annotations.NullMarked;
