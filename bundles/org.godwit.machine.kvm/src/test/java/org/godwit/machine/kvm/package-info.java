/** Tests of guests on KVM. */
package org.godwit.machine.kvm;
