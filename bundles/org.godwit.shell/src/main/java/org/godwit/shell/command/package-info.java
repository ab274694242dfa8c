/**
 * How a command is parsed, run and ended, whatever it does: options by picocli, results by gogo.
 */
@NullMarked
package org.godwit.shell.command;

import org.jspecify.annotations.NullMarked;
