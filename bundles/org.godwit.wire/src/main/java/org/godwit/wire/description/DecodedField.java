package org.godwit.wire.description;

/**
 * One value found in a device section.
 *
 * @param path names from the outside to the inside, joined with dots; array elements as {@code
 *     name[i]}
 * @param type type as the description tells it
 * @param offset first byte inside the section's body
 * @param size bytes
 * @param value a {@link Long}, {@link java.math.BigInteger} or {@link Boolean}, or the bytes as a
 *     hexadecimal {@link String}
 */
public record DecodedField(String path, String type, int offset, int size, Object value) {}
