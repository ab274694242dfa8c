/**
 * Channels over file descriptors: what the descriptor-based transports share.
 *
 * <p>A plain library, copied into each of those bundles at build time ({@code
 * -conditionalpackage}), so that providers stay independent of each other. It is not exported by
 * anybody.
 */
@NullMarked
package org.godwit.transport.descriptor;

import org.jspecify.annotations.NullMarked;
