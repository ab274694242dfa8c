/** Tests of what machines with memory in this process share. */
package org.godwit.machine.mapped;
