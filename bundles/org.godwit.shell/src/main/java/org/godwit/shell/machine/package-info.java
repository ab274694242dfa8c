/** The machines of a container and the commands that make, show and end them. */
@NullMarked
package org.godwit.shell.machine;

import org.jspecify.annotations.NullMarked;
