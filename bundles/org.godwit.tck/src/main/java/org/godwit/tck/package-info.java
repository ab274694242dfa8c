/**
 * Contract tests that every transport, save-state handler, userfault backend and machine must pass,
 * and what other tests need: seeded bytes, a faulty transport, a simulated machine, byte arrays as
 * section bodies.
 *
 * <p>A provider's own test is a small subclass of a contract in its test sources. The classes here
 * need JUnit Jupiter on the class path and are no part of a running node.
 */
@Export
@NullMarked
@Version("0.1.0")
package org.godwit.tck;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
