/** Tests of the system call facades against the running kernel. */
package org.godwit.linux;
