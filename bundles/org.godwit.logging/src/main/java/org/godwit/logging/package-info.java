/**
 * Sets logback up: one line a message on standard error, with a level that the launcher chooses.
 */
@NullMarked
package org.godwit.logging;

import org.jspecify.annotations.NullMarked;
