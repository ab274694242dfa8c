/** Guests of Godwit run before their memory has arrived. */
package org.godwit.it.postcopy;
