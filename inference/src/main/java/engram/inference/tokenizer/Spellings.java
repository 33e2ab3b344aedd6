package engram.inference.tokenizer;

import engram.inference.tokenizer.segment.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;

/// What the tokens of the several kinds of vocabularies spell.
final class Spellings {
  private Spellings() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Ordinary pieces are in the alphabet of bytes, special ones are as they are.
  static byte[][] byteLevel(List<String> tokens, PieceType[] types) {
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < bytes.length; id++) {
      boolean ordinary = types[id] == PieceType.NORMAL || types[id] == PieceType.UNUSED;
      bytes[id] = byteLevel(tokens.get(id), ordinary);
    }
    return bytes;
  }

  static byte[] byteLevel(String token, boolean ordinary) {
    byte[] bytes = ordinary ? ByteAlphabet.bytes(token) : null;
    return bytes == null ? utf8(token) : bytes;
  }

  /// The byte of a piece like `<0x0A>`.
  static OptionalInt byteOf(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return OptionalInt.empty();
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? OptionalInt.empty() : OptionalInt.of(high << 4 | low);
  }
}
