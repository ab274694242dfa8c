/** A transport from outside: streams kept in compressed files. */
@NullMarked
package org.godwit.example.gzip;

import org.jspecify.annotations.NullMarked;
