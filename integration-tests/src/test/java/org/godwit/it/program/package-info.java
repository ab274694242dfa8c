/** Tests of the built program from outside, as a user would run it. */
package org.godwit.it.program;
