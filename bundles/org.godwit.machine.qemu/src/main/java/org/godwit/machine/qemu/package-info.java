/**
 * QEMU processes driven over QMP: a client of the protocol, processes with their files, and the
 * migration commands.
 *
 * <p>Usable without the rest of Godwit: nothing here needs a running container. Start with {@link
 * org.godwit.machine.qemu.QemuProcess} to run a QEMU, or with {@link
 * org.godwit.machine.qemu.QmpConnection} to attach to one that runs already.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.godwit.machine.qemu;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
