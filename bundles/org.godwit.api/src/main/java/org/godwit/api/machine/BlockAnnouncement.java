package org.godwit.api.machine;

/**
 * One entry of a block list as a peer announced it (stream format, section 4.2).
 *
 * @param name block name
 * @param length used length in bytes, already checked against the limits of the receiver
 * @param pageSize page size field, or 0 if the entry has none
 * @param guestAddress guest physical address field, or 0 if the entry has none
 */
public record BlockAnnouncement(String name, long length, long pageSize, long guestAddress) {}
