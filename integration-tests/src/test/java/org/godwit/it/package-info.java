/** Tests of the whole, and what several of them need. */
package org.godwit.it;
