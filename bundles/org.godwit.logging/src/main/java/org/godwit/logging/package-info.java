/** slf4j with logback in one bundle. */
@NullMarked
package org.godwit.logging;

import org.jspecify.annotations.NullMarked;
