package engram.inference.tokenizer.segment;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The printable characters that stand for bytes in byte-level vocabularies (Radford et al., GPT-2,
/// 2019): printable Latin-1 stands for itself, the other 68 bytes are U+0100 onwards in order.
public final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[324];

  static {
    java.util.Arrays.fill(BYTES, (short) -1);
    int next = 256;
    for (int value = 0; value < 256; value++) {
      boolean itself =
          (value >= '!' && value <= '~')
              || (value >= 0xA1 && value <= 0xAC)
              || (value >= 0xAE && value <= 0xFF);
      CHARACTERS[value] = (char) (itself ? value : next++);
      BYTES[CHARACTERS[value]] = (short) value;
    }
  }

  private ByteAlphabet() {}

  public static char character(int unsignedByte) {
    return CHARACTERS[unsignedByte];
  }

  /// The UTF-8 bytes of a text, spelled in the alphabet.
  public static String spell(String text) {
    return spell(text.getBytes(StandardCharsets.UTF_8));
  }

  public static String spell(byte[] bytes) {
    char[] spelled = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      spelled[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(spelled);
  }

  /// @return null where a character stands for no byte: such a token is spelled as it is
  public static byte @Nullable [] bytes(String spelled) {
    byte[] bytes = new byte[spelled.length()];
    for (int i = 0; i < bytes.length; i++) {
      char unit = spelled.charAt(i);
      if (unit >= BYTES.length || BYTES[unit] < 0) {
        return null;
      }
      bytes[i] = (byte) BYTES[unit];
    }
    return bytes;
  }
}
