/** Tests against a process that plays the monitor. */
package org.godwit.userfault.handover;
