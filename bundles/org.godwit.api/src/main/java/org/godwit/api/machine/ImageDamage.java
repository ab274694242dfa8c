package org.godwit.api.machine;

/**
 * A part of an image that is not what was received.
 *
 * @param file name of the file in the directory of the image
 * @param part what the bytes are: name of a RAM block, {@code idstr/instance} of a section, or the
 *     name of the file again
 * @param offset first byte of the smallest range in the file known to hold the damage
 * @param length bytes of that range
 * @param sentence what is wrong, for people
 */
public record ImageDamage(String file, String part, long offset, long length, String sentence) {}
