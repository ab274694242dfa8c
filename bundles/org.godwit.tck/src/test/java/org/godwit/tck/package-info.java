@org.jspecify.annotations.NullMarked
package org.godwit.tck;
