/** Tests of the gates. */
package org.godwit.userfault.software;
