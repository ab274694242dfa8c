package org.godwit.savestate.ram;

/**
 * A block in postcopy.
 *
 * @param name name on the wire
 * @param length bytes
 * @param pageSize bytes of its host pages
 * @param landing where its pages go
 */
record ArrivingBlock(String name, long length, long pageSize, Landing landing) {}
