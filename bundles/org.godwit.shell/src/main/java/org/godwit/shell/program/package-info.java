/**
 * The commands of the godwit program that need no shell: receive, send, image, help, version,
 * serve.
 */
@NullMarked
package org.godwit.shell.program;

import org.jspecify.annotations.NullMarked;
