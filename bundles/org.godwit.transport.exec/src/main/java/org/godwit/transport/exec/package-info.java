/** Migration channels through a command's standard input and output. */
@NullMarked
package org.godwit.transport.exec;

import org.jspecify.annotations.NullMarked;
