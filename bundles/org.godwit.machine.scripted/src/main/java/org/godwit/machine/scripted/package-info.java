/**
 * A deterministic guest of native threads that runs where there is no KVM.
 *
 * <p>Users reach it as the {@code MachineProvider} of kind {@code scripted}. Tests and embedding
 * programs that want to dirty chosen pages import {@code [0.1,1)} and use {@link
 * org.godwit.machine.scripted.ScriptedMachine}.
 */
@NullMarked
@Export
@Version("0.1.0")
package org.godwit.machine.scripted;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
