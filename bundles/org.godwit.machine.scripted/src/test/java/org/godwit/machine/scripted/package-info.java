/** Tests of the scripted guest. */
package org.godwit.machine.scripted;
