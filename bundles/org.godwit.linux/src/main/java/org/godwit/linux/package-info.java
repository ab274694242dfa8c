/**
 * Linux system calls for Godwit: the only package that imports {@link java.lang.foreign.Linker}.
 *
 * <p>Three layers: public types with owners and plain errors ({@link org.godwit.linux.Descriptor},
 * {@link org.godwit.linux.StreamSocket}, {@link org.godwit.linux.Mapping}, {@link
 * org.godwit.linux.WriteTracker}, {@link org.godwit.linux.KvmVcpu}); below them package-private
 * facades that return the kernel's result or {@code -errno}; below those the method handles, bound
 * when their class is initialised so that no first call happens in the middle of a page fault.
 *
 * <p>Who imports this package: transports, machines and userfault backends. The package depends on
 * {@code java.base} alone. Blocking calls hold their thread in native code: call them from platform
 * threads, because two blocked calls on virtual threads stop all others on a machine with two
 * processors.
 */
@NullMarked
@Export
@Version("0.2.0")
package org.godwit.linux;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
