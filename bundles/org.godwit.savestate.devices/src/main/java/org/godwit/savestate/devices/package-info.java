/** Device state as data: field tables that save, load and describe themselves. */
@NullMarked
package org.godwit.savestate.devices;

import org.jspecify.annotations.NullMarked;
