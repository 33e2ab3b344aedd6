package engram.inference.engine;

import engram.inference.TextToken;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// Where in a text its tokens stand.
///
/// Each token's bytes are looked for where the one before ended. A vocabulary that puts a space
/// before the text, or rewrites it (lower case, composed characters), gives bytes that the text
/// does not have: then the token is looked for a little further on, and what lies between belongs
/// to it; if it is not there either, it gets no place.
final class TokenPlaces {
  private static final int SEARCH_BYTES = 64;

  private final byte[] text;

  /// By byte, the index of the character that it belongs to, in UTF-16 units; one more at the end.
  private final int[] unit;

  private TokenPlaces(String text) {
    this.text = text.getBytes(StandardCharsets.UTF_8);
    unit = new int[this.text.length + 1];
    int at = 0;
    int units = 0;
    while (at < this.text.length) {
      int lead = this.text[at] & 0xFF;
      int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      for (int i = 0; i < length; i++) {
        unit[at + i] = units;
      }
      at += length;
      units += length == 4 ? 2 : 1;
    }
    unit[at] = units;
  }

  /// @param bytes what a token stands for in the middle of a text; empty for special ones
  static List<TextToken> of(String text, int[] tokens, IntFunction<byte[]> bytes) {
    TokenPlaces places = new TokenPlaces(text);
    List<TextToken> found = new ArrayList<>(tokens.length);
    int at = 0;
    for (int token : tokens) {
      int end = places.end(bytes.apply(token), at);
      found.add(new TextToken(token, places.unit[at], places.after(at, end)));
      at = end;
    }
    return found;
  }

  private int end(byte[] token, int at) {
    if (token.length == 0) {
      return at;
    }
    if (matches(token, 0, at)) {
      return at + token.length;
    }
    int from = token[0] == ' ' ? 1 : 0;
    if (from == token.length) {
      return at;
    }
    for (int start = at; start <= at + SEARCH_BYTES && start < text.length; start++) {
      if (matches(token, from, start)) {
        return start + token.length - from;
      }
    }
    return at;
  }

  private boolean matches(byte[] token, int from, int at) {
    if (at + token.length - from > text.length) {
      return false;
    }
    for (int i = from; i < token.length; i++) {
      if (lower(token[i]) != lower(text[at + i - from])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte one) {
    return one >= 'A' && one <= 'Z' ? one + ('a' - 'A') : one;
  }

  /// The end in UTF-16 units, at the end of a character.
  private int after(int start, int end) {
    int at = end;
    while (end > start && at < text.length && (text[at] & 0xC0) == 0x80) {
      at++;
    }
    return unit[at];
  }
}
