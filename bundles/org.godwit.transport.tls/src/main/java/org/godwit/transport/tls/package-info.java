/** Migration channels over TLS with X.509 certificates of both sides. */
@NullMarked
package org.godwit.transport.tls;

import org.jspecify.annotations.NullMarked;
