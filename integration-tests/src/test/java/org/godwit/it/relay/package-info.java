/** A relay between two ends of a migration that breaks the link at a chosen place. */
package org.godwit.it.relay;
