@org.jspecify.annotations.NullMarked
package org.godwit.it.handover;
