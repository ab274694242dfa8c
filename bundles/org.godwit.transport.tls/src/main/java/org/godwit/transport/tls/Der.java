package org.godwit.transport.tls;

import java.io.ByteArrayOutputStream;

/** The few words of DER that it takes to put an older private key into the envelope of PKCS #8. */
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;
  private static final byte[] VERSION_0 = {2, 1, 0};
  private static final byte[] RSA_ENCRYPTION = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  private static final byte[] EC_PUBLIC_KEY = {
    6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1
  };

  private Der() {}

  /** Wraps a PKCS #1 key ({@code RSA PRIVATE KEY}). */
  static byte[] pkcs8OfRsa(byte[] pkcs1) {
    return tagged(SEQUENCE, VERSION_0, RSA_ENCRYPTION, tagged(OCTETS, pkcs1));
  }

  /** Wraps a SEC 1 key ({@code EC PRIVATE KEY}); its named curve moves into the envelope. */
  static byte[] pkcs8OfEc(byte[] sec1) {
    byte[] algorithm = tagged(SEQUENCE, EC_PUBLIC_KEY, curve(sec1));
    return tagged(SEQUENCE, VERSION_0, algorithm, tagged(OCTETS, sec1));
  }

  /** Finds the content of {@code [0]} among the elements of the outer sequence. */
  private static byte[] curve(byte[] sec1) {
    int at = content(sec1, 0);
    while (at < sec1.length - 1) {
      int begin = content(sec1, at);
      int length = length(sec1, at);
      if (length < 0 || begin + length > sec1.length) {
        break;
      }
      if ((sec1[at] & 0xff) == PARAMETERS) {
        return java.util.Arrays.copyOfRange(sec1, begin, begin + length);
      }
      at = begin + length;
    }
    throw new IllegalArgumentException("the EC key names no curve");
  }

  private static int content(byte[] der, int at) {
    int first = at + 1 < der.length ? der[at + 1] & 0xff : 0;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = at + 2; i < Math.min(der.length, content(der, at)); i++) {
      length = (length << 8) | (der[i] & 0xff);
    }
    return length;
  }

  private static byte[] tagged(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(tag);
    if (content.size() < 0x80) {
      whole.write(content.size());
    } else {
      whole.write(0x82);
      whole.write(content.size() >> 8);
      whole.write(content.size());
    }
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
