/** Migration channels into and out of files. */
@NullMarked
package org.godwit.transport.file;

import org.jspecify.annotations.NullMarked;
